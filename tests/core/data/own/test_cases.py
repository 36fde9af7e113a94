"""What people brought: the archives beside the project, and others of the same kinds made here."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.data.own import stored
from core.data.own.archives import archive
from core.data.own.checks import inspect
from core.data.own.entries import Source
from core.data.own.importing import importing
from core.data.own.opener import OPENER
from core.data.split import held_out
from core.errors import DataError
from tests.core.data.sets import zipped

CASES = Path(__file__).parents[5] / "shared" / "cases"
here = pytest.mark.skipif(not CASES.is_dir(), reason="the cases aren't here")

Counts = dict[str, int]


def counted(source: Source) -> tuple[Counts, Counts]:
    """How many images each class has to learn from, and to check with."""
    train, val = (
        Counter(one.label for one in source.entries if bool(one.validation) is part) for part in (False, True)
    )
    return dict(train), dict(val)


@pytest.fixture
def brought(case: str) -> Iterator[Source]:
    """The archive of a case."""
    (file,) = (CASES / case).glob("*.zip")
    with closing(archive(file)) as source:
        yield source


# --- as they were brought -----------------------------------------------------------------------------------------

NAMES = ["#tag", "$x^2$", "**stars**", "100% cat", ":smile:", "=1+1", "Gato negro", "L'été", 'Perro "Max"']
NAMES += ["[link](http:__x.y)", "a&amp;b", "{brace}", "‹b›bold‹_b›", "🐱 gatos"]
ARCHIVES: list[tuple[str, list[str], Counts, Counts]] = [
    ("L02-kaggle-dogs-vs-cats-flat", ["names"], {"cat": 12, "dog": 12}, {}),
    ("L04-training_set-test_set", ["level-0"], {"cats": 12, "dogs": 12}, {"cats": 4, "dogs": 4}),
    ("L07-roboflow-multilabel-csv", ["table"], {"Cat": 5, "Dog": 5}, {"Cat": 2, "Dog": 2}),
    ("L09-csv-labels-one-folder", ["table"], {"cat": 8, "dog": 8}, {}),
    ("L11-chinese-split-folders", ["level-0"], {"猫": 10, "狗": 10}, {"猫": 4, "狗": 4}),
    ("L13-single-image-each", ["level-0"], {"Cat": 1, "Dog": 1}, {}),
    ("L14-one-class-single-image", ["level-0"], {"Cat": 10, "Dog": 1}, {}),
    ("L16-upper-lower", ["level-0"], {"A": 30, "B": 30, "a": 30, "b": 30}, {}),
    ("L18-windows-spanish-cp850", ["level-0"], {"Pájaro": 5, "Árbol": 5, "Ñandú": 5}, {}),
    ("L20-chinese-gbk", ["level-0"], {"柵欄貓": 5, "龍猫": 5}, {}),
    ("L27-names-html-emoji", ["level-0"], dict.fromkeys(NAMES, 3), {}),
    ("L29-synology-eadir", ["level-0"], {"Cat": 6, "Dog": 6}, {}),
    ("L31-ppm-gtsrb", ["level-0"], {"00000": 4, "00001": 4}, {}),
    ("L35-imagenet-val-flat", ["level-0"], {"Cat": 8, "Dog": 8}, {}),
    ("L36-val-other-classes", ["level-0"], {"Cat": 8, "Dog": 8}, {"Cat": 4, "Fox": 4}),
    ("L40-gbk-cat-dog", ["level-0"], {"猫": 25, "狗": 25}, {}),
    ("L41-training_set-large", ["level-0"], {"cats": 30, "dogs": 30}, {"cats": 12, "dogs": 12}),
    ("L42-val-fox-large", ["level-0"], {"Cat": 30, "Dog": 30}, {"Cat": 25, "Fox": 25}),
    ("P02-folders-other-case-and-plural", ["level-0"], {"cats": 4, "dogs": 4}, {}),
    ("S06-one-class", ["table"], {"cat": 8, "dog": 8}, {}),  # it has a table, too
    ("T01-title-braces", ["level-0"], {"Cat": 12, "Dog": 12}, {}),
    ("T02-title-markdown", ["level-0"], {"Cat": 12, "Dog": 12}, {}),
]


@here
@pytest.mark.parametrize(("case", "readings", "train", "val"), ARCHIVES, ids=[case for case, *_rest in ARCHIVES])
def test_classes_and_splits(brought: Source, readings: list[str], train: Counts, val: Counts) -> None:
    assert [one.key for one in brought.readings] == readings
    assert counted(brought) == (train, val)


@here
@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("L03-kaggle-nested-zips", "The images aren't in folders"),  # the zips inside are open: all are cats
        ("L08-yolo-detection", r"object detection \(YOLO\)"),
    ],
)
def test_what_is_no_set_of_classes_is_told(case: str, sentence: str) -> None:
    (file,) = (CASES / case).glob("*.zip")
    with pytest.raises(DataError, match=sentence):
        archive(file)


@here
@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("L13-single-image-each", "No image can be held out to check the network"),
        ("L14-one-class-single-image", "Classes without validation images: Dog."),
        ("L36-val-other-classes", "Classes with validation images but none to learn from: Fox."),
        ("L42-val-fox-large", "Classes without validation images: Dog."),
    ],
)
def test_what_the_split_leaves_out_is_a_problem(
    case: str, brought: Source, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    *_, last = importing(brought)
    images = stored.load(str(last.name))
    mask = held_out(images.labels, 0.2) if images.validation is None else images.validation
    found = [finding for finding in inspect(images, mask) if finding.serious]
    assert any(sentence in str(finding.message) for finding in found)


@here
@pytest.mark.parametrize(
    ("file", "start"),
    [
        ("I03-wrong-ending/heic.jpg", "The file is HEIC"),
        ("I03-wrong-ending/page.jpg", "The file is a web page"),
        ("I03-wrong-ending/jp2.jpg", "The file is JPEG 2000"),
        ("U01-heic-avif-upload/IMG_1.HEIC", "The file is HEIC"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_true_format(file: str, start: str) -> None:
    with pytest.raises(DataError, match=start):
        OPENER.open((CASES / file).read_bytes(), 100)  # in a process of its own, as the pages do


@here
@pytest.mark.parametrize(
    "file", ["I03-wrong-ending/avif.jpg", "I03-wrong-ending/webp.jpg", "U01-heic-avif-upload/a.AVIF"]
)
def test_a_wrong_ending_is_no_obstacle(file: str) -> None:
    assert OPENER.open((CASES / file).read_bytes(), 100).size == (96, 96)


# Tried where they belong: not as images that come in.
ELSEWHERE = {
    "E01": "tests/core/handin",
    "H01": "tests/core/inference/test_paper.py",
    "H06": "tests/core/inference/test_paper.py",
    "H11": "tests/core/inference/test_paper.py",
    "H14": "tests/core/inference/test_paper.py",
    "H15": "tests/core/inference/test_paper.py",
    "H16": "tests/core/inference/test_paper.py",
    "I05": "tests/core/inference/test_paper.py",
    "K01": "tests/core/config/test_links.py",
    "K03": "tests/pages/test_train.py",
    "K04": "tests/pages/test_train.py",
    "K05": "tests/browser/test_data.py",
    "K06": "tests/core/training",
    "K07": "tests/core/data/own/test_gathering.py",
    "K08": "tests/core/data/own/test_stored.py",
    "M01": "tests/core/inference/test_foreign.py",
    "X01": "tests/pages/test_predict.py",
}


@here
def test_every_case_is_tried() -> None:
    tried = Path(__file__).read_text("utf-8")
    for folder in sorted(path.name for path in CASES.iterdir() if path.is_dir()):
        other = ELSEWHERE.get(folder.split("-")[0])
        assert (Path(__file__).parents[4] / other).exists() if other else folder in tried, folder


# --- others of the same kinds -------------------------------------------------------------------------------------

Files = dict[str, bytes]


def tree(*folders: str, each: int = 3, ending: str = "jpg") -> Files:
    """So many images in each folder, numbered in each."""
    return {f"{folder}/{number}.{ending}": b"" for folder in folders for number in range(each)}


def below(tops: Iterable[str], classes: Iterable[str] = ("Cat", "Dog"), each: int = 3) -> Files:
    """The same classes below each folder."""
    names = tuple(classes)
    return tree(*(f"{top}/{name}" for top in tops for name in names), each=each)


def csv(*rows: str) -> bytes:
    return "\n".join(rows).encode()


def as_json(content: object) -> bytes:
    return json.dumps(content).encode()


PETS = {"Cat": 3, "Dog": 3}
EIGHT = tree("images", each=8)
SPLIT = [
    ("Entrenamiento 80%", "Prueba 20%"),
    ("Imágenes para entrenar", "Imágenes para probar"),
    ("Ensemble d'apprentissage", "Ensemble de validation"),
    ("Übungsdaten", "Prüfung"),
    ("Træning", "Test"),
    ("harjoitus", "testaus"),
    ("Huấn luyện", "Kiểm tra"),
    ("Mokymas", "Testavimas"),
    ("Treniranje", "Testiranje"),
    ("אימון", "בדיקה"),
    ("آموزش", "آزمون"),
    ("สอน", "ทดสอบ"),
    ("प्रशिक्षण", "जाँच"),
    ("トレーニング", "評価"),
    ("학습용", "평가용"),
    ("訓練集", "測試集"),
    ("rps", "rps-test-set"),  # only the second says what it is
    ("hyfforddi", "Test"),  # of a language that is in no table
]


@pytest.mark.parametrize(("train", "val"), SPLIT, ids=["-".join(names) for names in SPLIT])
def test_splits_in_other_languages(train: str, val: str) -> None:
    with closing(archive(zipped(below([f"set/{train}", f"set/{val}"])))) as source:
        assert counted(source) == (PETS, PETS)
        assert not source.undecided


LAYOUTS: dict[str, tuple[Files, list[str], Counts, Counts]] = {
    "class and split in one name": (
        tree("train_cats", "train_dogs", "test_cats", "test_dogs"),
        ["level-0"],
        {"cats": 3, "dogs": 3},
        {"cats": 3, "dogs": 3},
    ),
    "wrapped twice": (below(["a/b/train/train", "a/b/val/val"]), ["level-0"], PETS, PETS),
    "the split below the class": (
        tree(*(f"{c}/{s}" for c in PETS for s in ("train", "test"))),
        ["level-0"],
        PETS,
        PETS,
    ),
    "a third folder beside the splits": (
        below(["Train", "Test"]) | tree("Meta"),
        ["level-0"],
        PETS,
        PETS,
    ),
    "validation in a table, as ImageNet's": (
        tree("train/n01/images", "train/n02/images")
        | tree("val/images", each=4)
        | {"val/val_annotations.txt": csv(*(f"{n}.jpg\tn0{1 + n % 2}\t0\t0\t9\t9" for n in range(4)))},
        ["level-0"],
        {"n01": 3, "n02": 3},
        {"n01": 2, "n02": 2},
    ),
    "test in a table of numbers": (
        tree("Train/00000", "Train/00001")
        | tree("Test", each=4)
        | {"Test.csv": csv("Width;ClassId;Path", *(f"{50 + n};{n % 2};Test/{n}.jpg" for n in range(4)))},
        ["level-0"],
        {"00000": 3, "00001": 3},
        {"00000": 2, "00001": 2},
    ),
    "a table of JSON": (
        EIGHT | {"labels.json": as_json({f"{n}.jpg": "cat" if n % 2 else "dog" for n in range(8)})},
        ["table"],
        {"cat": 4, "dog": 4},
        {},
    ),
    "a record a line": (
        tree("train", each=8)
        | {
            "train/metadata.jsonl": b"\n".join(
                as_json({"file_name": f"{n}.jpg", "label": "ab"[n % 2]}) for n in range(8)
            )
        },
        ["table"],
        {"a": 4, "b": 4},
        {},
    ),
    "a table of many more images": (
        EIGHT | {"all.csv": csv("id,label", *(f"{n},{'cat' if n % 2 else 'dog'}" for n in range(100)))},
        ["table"],
        {"cat": 4, "dog": 4},
        {},
    ),
    "a table in UTF-16": (
        EIGHT
        | {"etiquetas.txt": "\n".join(f"{n}.jpg\t{'Ñu' if n % 2 else 'Águila'}" for n in range(8)).encode("utf-16")},
        ["table"],
        {"Ñu": 4, "Águila": 4},
        {},
    ),
    "a table in a folder beside the images": (
        EIGHT | {"annotations/list.txt": csv(*(f"{n} {'cat' if n % 2 else 'dog'}" for n in range(8)))},
        ["table"],
        {"cat": 4, "dog": 4},
        {},
    ),
    "one-hot with boxes beside": (
        EIGHT
        | {"l.csv": csv("file,species,xmin,ymin", *(f"{n}.jpg,{'cat' if n % 2 else 'dog'},1,1" for n in range(8)))},
        ["table"],
        {"cat": 4, "dog": 4},
        {},
    ),
    "classes in the names": (
        {f"fotos/{name} ({n}).png": b"" for name in ("perro", "gato") for n in range(4)},
        ["names"],
        {"gato": 4, "perro": 4},
        {},
    ),
    "masks beside photos in folders of classes": (
        {f"BUSI/{name}/{n}{end}.png": b"" for name in PETS for n in range(3) for end in ("", "_mask")},
        ["level-0"],
        PETS,
        {},
    ),
    "thumbnails of a NAS and a phone": (
        below([""])
        | {f"Cat/@eaDir/{n}.jpg/SYNOPHOTO_THUMB_XL.jpg": b"" for n in range(3)}
        | {
            ".thumbnails/1.jpg": b"",
            "#snapshot/Cat/1.jpg": b"",
            "$RECYCLE.BIN/$R1.jpg": b"",
            "Cat/.@__thumb/1.jpg": b"",
        },
        ["level-0"],
        PETS,
        {},
    ),
    "zips inside": (
        {f"{name}.zip": zipped(tree(name)).getvalue() for name in PETS},
        ["level-0"],
        PETS,
        {},
    ),
    "a zip of each split": (
        {f"{part}.zip": zipped(below([part])).getvalue() for part in ("train", "valid")},
        ["level-0"],
        PETS,
        PETS,
    ),
    "notes of a photo beside it": (
        below([""]) | {f"Cat/{n}.txt": b"a cat on a sofa" for n in range(3)},
        ["level-0"],
        PETS,
        {},
    ),
}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_other_layouts(kind: str) -> None:
    files, readings, train, val = LAYOUTS[kind]
    with closing(archive(zipped({name.lstrip("/"): data for name, data in files.items()}))) as source:
        assert [one.key for one in source.readings] == readings
        assert counted(source) == (train, val)


ASKED: dict[str, tuple[Files, list[str]]] = {
    "who took it, and what it shows": (below(["Ana", "Luis"]), ["level-1", "level-0", "split"]),
    "splits of a language in no table": (below(["hyfforddi", "profi"]), ["level-1", "level-0", "split"]),
    "folds": (below([f"fold_{n}" for n in range(1, 6)]), ["level-1", "level-0"]),
    "parts of one set with a table": (
        tree("part_1", "part_2", each=4)
        | {
            "meta.csv": csv(
                "image,dx", *(f"part_{p}/{n}.jpg,{'nv' if n % 2 else 'mel'}" for p in (1, 2) for n in range(4))
            )
        },
        ["table", "level-0"],
    ),
    "numbers in a table, words in the names": (
        {f"images/{name}_{n}.jpg": b"" for name in ("beagle", "pug") for n in range(4)}
        | {"list.txt": csv(*(f"{name}_{n} {k}" for k, name in enumerate(("beagle", "pug")) for n in range(4)))},
        ["table", "names"],
    ),
}


@pytest.mark.parametrize("kind", ASKED)
def test_what_only_a_person_knows_is_asked(kind: str) -> None:
    files, readings = ASKED[kind]
    with closing(archive(zipped(files))) as source:
        assert source.undecided
        assert [one.key for one in source.readings] == readings


YOLO = b"0 0.5 0.5 0.25 0.3\n1 .1 .2 .05 .05\n"
BOXES = b"<annotation><object><bndbox/></object></annotation>"
OTHER_KINDS: dict[str, tuple[Files, str]] = {
    "YOLO in two folders": (
        tree("images/train", "images/val") | {f"labels/train/{n}.txt": YOLO for n in range(3)},
        r"object detection \(YOLO\)",
    ),
    "YOLO with few labels": (
        tree("train/images", each=9) | {"train/labels/4.txt": YOLO, "data.yaml": b"nc: 2"},
        r"object detection \(YOLO\)",
    ),
    "Pascal VOC with masks": (
        tree("VOC2012/JPEGImages")
        | tree("VOC2012/SegmentationClass", ending="png", each=1)
        | {f"VOC2012/Annotations/{n}.xml": BOXES for n in range(3)},
        r"object detection \(Pascal VOC\)",
    ),
    "COCO": (
        tree("train2017", "val2017")
        | {"annotations/instances_val2017.json": as_json({"images": [], "annotations": [], "categories": []})},
        r"object detection \(COCO\)",
    ),
    "LabelMe": (
        tree("photos") | {f"photos/{n}.json": as_json({"shapes": [], "imagePath": f"{n}.jpg"}) for n in range(3)},
        r"object detection \(LabelMe\)",
    ),
    "VIA": (
        tree("photos") | {"photos/via_region_data.json": as_json({"0.jpg9": {"filename": "0.jpg", "regions": []}})},
        r"object detection \(VIA\)",
    ),
    "CreateML": (
        tree("train")
        | {"train/_annotations.createml.json": as_json([{"image": "0.jpg", "annotations": [{"label": "a"}]}])},
        r"object detection \(CreateML\)",
    ),
    "a table of boxes": (
        tree("train")
        | {
            "b.csv": csv(
                "filename,class,xmin,ymin,xmax,ymax",
                *(f"{n}.jpg,{k},1,1,5,5" for n in range(3) for k in ("cat", "dog")),
            )
        },
        r"object detection \(CSV\)",
    ),
    "images and masks": (tree("images", "masks"), "set for segmentation"),
    "masks of another ending": (
        tree("train") | {f"train_masks/{n}_mask.gif": b"" for n in range(3)},
        "set for segmentation",
    ),
    "masks beside their images": (
        {f"all/{n}{end}.png": b"" for n in range(4) for end in ("", "_mask")},
        "set for segmentation",
    ),
    "labels that are pictures": (
        tree("train", "train_labels", "val", "val_labels", ending="png"),
        "set for segmentation",
    ),
    "two sides, unpaired": (
        tree(*(f"horse2zebra/{s}{x}" for s in ("train", "test") for x in "AB")),
        "set of image pairs",
    ),
    "two sides, paired": (tree("input", "target"), "set of image pairs"),
    "large and small": (
        {
            f"DIV2K_{part}_{side}/{n:04}{'x4' if side == 'LR' else ''}.png": b""
            for part in ("train", "valid")
            for side in ("HR", "LR")
            for n in range(3)
        },
        "set of image pairs",
    ),
    "photos without anything that says their class": (
        {f"IMG_{n:04}.jpg": b"" for n in range(5)},
        "The images aren't in folders",
    ),
    "one flat folder for each split": (tree("facades/train", "facades/val"), "The images aren't in folders"),
    "archives of another kind": ({"train.rar": b"Rar!", "notes.csv": b"a,b"}, "It is an archive inside"),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_sets_of_other_kinds_are_told_what_they_are(kind: str) -> None:
    files, sentence = OTHER_KINDS[kind]
    with pytest.raises(DataError, match=sentence):
        archive(zipped(files))


PAGES = [
    ("cp437", ("Käse", "Müsli")),
    ("cp850", ("Óvalo", "Triángulo", "Corazón")),
    ("cp1252", ("Crème brûlée", "Gâteau")),
    ("gb18030", ("龍貓", "蝴蝶", "蜻蜓")),
    ("big5", ("蘋果", "葡萄", "香蕉")),
    ("cp932", ("りんご", "バナナ")),
    ("cp949", ("사과", "포도", "딸기")),
    ("cp866", ("Кошка", "Собака")),
    ("utf-8", ("Ñandú", "猫")),
]


@pytest.mark.parametrize(("page", "names"), PAGES, ids=[page for page, _names in PAGES])
def test_names_of_other_code_pages(page: str, names: tuple[str, ...]) -> None:
    with closing(archive(zipped(tree(*names), page=page))) as source:
        assert set(source.classes) == set(names)
        assert set(next(iter(source.spellings.values()))) == set(names)


def test_an_empty_folder_is_told() -> None:
    files = {**tree("set/Cat", "set/Dog"), "set/": b"", "set/Fox/": b"", "set/Cat/": b"", "@eaDir/": b""}
    with closing(archive(zipped(files))) as source:
        assert [(one.name, str(one.reason)) for one in source.skipped] == [
            ("set/Fox", "The folder is empty. Put images into it, or leave it out.")
        ]


def test_names_of_a_mac_and_of_a_windows_are_the_same_class() -> None:
    with closing(archive(zipped(tree("A\u0301rbol", "Árbol/b", "Ñandú")))) as source:
        assert source.counts() == {"Ñandú": 3, "Árbol": 6}
