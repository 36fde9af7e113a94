"""Which folder, table or name says the class: layouts as people bring them."""

import pytest

from core.data.own.entries import Source
from core.data.own.layout import label_in_name
from core.data.own.sources import uploads
from core.data.own.split_names import Split, is_generic, split_name
from core.errors import DataError


def arranged(*names: str, tables: dict[str, str] | None = None) -> Source:
    files = [(name, b"") for name in names]
    return uploads([*files, *((name, text.encode()) for name, text in (tables or {}).items())])


def splits(source: Source) -> dict[str, set[str]]:
    """The classes of the training and of the validation images."""
    found: dict[str, set[str]] = {"train": set(), "val": set()}
    for entry in source.entries:
        found["val" if entry.validation else "train"].add(entry.label)
    return found


# --- splits by meaning --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("training_set", "test_set"),
        ("training_set/training_set", "test_set/test_set"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("Final_Training/Images", "Final_Test/Images"),
        ("1_train", "2_val"),
        ("pets-train", "pets-valid"),
        ("TrainSet", "TestSet"),
        ("trainval", "test1"),
        ("data/train_images", "data/validation_images"),
        ("entrenamiento", "validación"),
        ("Datos de entrenamiento", "Datos de prueba"),
        ("treino", "teste"),
        ("entraînement", "essai"),
        ("Trainingsdaten", "Testdaten"),
        ("addestramento", "verifica"),
        ("trenink", "test"),
        ("обучающая выборка", "тестовая выборка"),
        ("навчання", "перевірка"),
        ("训练集", "测试集"),
        ("訓練", "驗證"),
        ("学習データ", "テストデータ"),
        ("훈련", "검증"),
        ("eğitim", "doğrulama"),
        ("تدريب", "اختبار"),
        ("old_train", "new_test"),  # only by the same classes below
    ],
)
def test_folders_that_name_a_split_are_no_classes(train: str, val: str) -> None:
    names = [f"{split}/{label}/{n}.jpg" for split in (train, val) for label in ("Cat", "Dog") for n in range(2)]
    source = arranged(*names)
    assert splits(source) == {"train": {"Cat", "Dog"}, "val": {"Cat", "Dog"}}
    assert not source.undecided


def test_splits_below_the_classes_are_kept() -> None:
    names = [f"{label}/{split}/{n}.jpg" for split in ("train", "test") for label in ("Cat", "Dog") for n in range(3)]
    assert splits(arranged(*names)) == {"train": {"Cat", "Dog"}, "val": {"Cat", "Dog"}}


@pytest.mark.parametrize(
    "classes",
    [("train_station", "test_tube"), ("training", "running", "resting"), ("a", "y"), ("de", "la"), ("trains", "cars")],
)
def test_classes_that_only_sound_like_splits_stay_classes(classes: tuple[str, ...]) -> None:
    assert arranged(*(f"{label}/{n}.jpg" for label in classes for n in range(3))).classes == tuple(sorted(classes))


def test_images_to_predict_are_left_out() -> None:
    source = arranged("seg_train/a1/1.jpg", "seg_train/b1/1.jpg", "seg_test/a1/2.jpg", "seg_pred/7.jpg")
    assert splits(source) == {"train": {"a1", "b1"}, "val": {"a1"}}
    assert [skipped.name for skipped in source.skipped] == ["seg_pred/7.jpg"]


def test_a_flat_validation_folder_is_named_and_not_a_class() -> None:
    source = arranged("train/Cat/1.jpg", "train/Dog/1.jpg", "val/7.jpg")
    assert splits(source) == {"train": {"Cat", "Dog"}, "val": set()}
    assert str(source.skipped[0].reason) == (
        "The images in val lie in no folders of classes. Make one for each class in it."
    )


def test_a_name_with_two_splits_names_none() -> None:
    assert split_name("train_test") is None
    found = split_name("mnist_train")
    assert found
    assert (found.split, found.rest) == (Split.TRAIN, ("mnist",))


# --- two levels that could be the class ---------------------------------------------------------------------------


def test_the_same_names_in_every_folder_are_asked_about() -> None:
    names = [f"{who}/{what}/{n}.jpg" for who in ("Ana", "Luis") for what in ("Gato", "Perro") for n in range(3)]
    source = arranged(*names)
    assert source.undecided
    assert [(reading.key, reading.classes) for reading in source.readings] == [
        ("level-1", ("Gato", "Perro")),
        ("level-0", ("Ana", "Luis")),
        ("split", ("Gato", "Perro")),
    ]
    assert splits(source.read_as("split")) == {"train": {"Gato", "Perro"}, "val": {"Gato", "Perro"}}
    chosen = source.read_as("level-0")
    assert chosen.classes == ("Ana", "Luis")
    assert not chosen.undecided
    with pytest.raises(DataError, match="can't be read in that way"):
        source.read_as("level-7")


def test_kinds_in_groups_are_asked_about_the_groups_first() -> None:
    groups = {"animals": ("cat", "dog"), "vehicles": ("car", "bus")}
    source = arranged(*(f"{g}/{k}/{n}.jpg" for g, kinds in groups.items() for k in kinds for n in range(3)))
    assert source.undecided
    assert [reading.key for reading in source.readings] == ["level-0", "level-1"]


def test_the_question_also_comes_below_splits() -> None:
    names = [
        f"{split}/{who}/{what}/{n}.jpg"
        for split in ("train", "val")
        for who in ("Ana", "Luis")
        for what in ("Gato", "Perro")
        for n in range(3)
    ]
    source = arranged(*names)
    assert source.undecided
    assert splits(source.read_as("level-1")) == {"train": {"Gato", "Perro"}, "val": {"Gato", "Perro"}}


def test_a_class_folder_twice_asks_nothing() -> None:
    source = arranged(*(f"{label}/{label}/{n}.jpg" for label in ("Cat", "Dog") for n in range(3)))
    assert (source.classes, source.undecided) == (("Cat", "Dog"), False)


def test_one_folder_of_images_in_each_class_asks_nothing() -> None:
    source = arranged(*(f"{label}/images/{n}.jpg" for label in ("Cat", "Dog") for n in range(3)))
    assert (source.classes, source.undecided) == (("Cat", "Dog"), False)


# --- flat sets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("cat.0.jpg", "cat"),
        ("dog (12).jpg", "dog"),
        ("great_dane_7.png", "great_dane"),
        ("Árbol-003.jpg", "Árbol"),
        ("猫12.jpg", "猫"),
        ("cat12 (2).jpg", "cat"),
        ("3_14.png", "3"),
        ("cat_001_2.jpg", "cat"),
        ("cat 1 - copy.jpg", "cat"),
        ("IMG_0001.jpg", None),
        ("DSC00012.jpg", None),
        ("PXL_20240101_120000.jpg", None),
        ("WhatsApp Image 1.jpg", None),
        ("微信图片_20240101.jpg", None),
        ("17.jpg", None),
        ("n02085620_7.jpg", "n"),
        ("cat.jpg", None),
    ],
)
def test_a_class_in_a_files_name(name: str, label: str | None) -> None:
    assert label_in_name(name) == label


def test_flat_images_get_their_class_from_their_names() -> None:
    names = [f"train/{label}.{n}.jpg" for label in ("cat", "dog") for n in range(5)]
    source = arranged(*names, "test1/1.jpg", "test1/2.jpg")
    assert [reading.key for reading in source.readings] == ["names"]
    assert splits(source) == {"train": {"cat", "dog"}, "val": set()}
    assert {skipped.name for skipped in source.skipped} == {"test1/1.jpg", "test1/2.jpg"}


def test_names_in_a_folder_that_could_be_the_only_class_are_asked_about() -> None:
    names = [f"Pets/{label}{n}.jpg" for label in ("cat", "dog") for n in range(5)]
    assert arranged(*names).undecided
    generic = [f"images/{label}{n}.jpg" for label in ("cat", "dog") for n in range(5)]
    assert (arranged(*generic).undecided, arranged(*generic).classes) == (False, ("cat", "dog"))


def test_names_that_are_all_different_are_no_classes() -> None:
    with pytest.raises(DataError, match="The images aren't in folders"):
        arranged("anna1.jpg", "ben2.jpg", "carla3.jpg")


# --- tables of labels ---------------------------------------------------------------------------------------------

FLAT = [f"images/{number}.jpg" for number in range(8)]


@pytest.mark.parametrize(
    "text",
    [
        "file,label\n" + "".join(f"{n}.jpg,{'cat' if n % 2 else 'dog'}\n" for n in range(8)),
        "id;clase\n" + "".join(f"{n};{'cat' if n % 2 else 'dog'}\n" for n in range(8)),
        "".join(f"images/{n}.jpg {'cat' if n % 2 else 'dog'}\n" for n in range(8)),
        "x\tlabel\timage\n" + "".join(f"{n * 7}\t{'cat' if n % 2 else 'dog'}\timages\\{n}.jpg\n" for n in range(8)),
        "filename, cat, dog\n" + "".join(f"{n}.jpg, {n % 2}, {1 - n % 2}\n" for n in range(8)),
        "\ufeffpath,species,width\n" + "".join(f"./images/{n}.jpg,{'cat' if n % 2 else 'dog'},40\n" for n in range(8)),
    ],
    ids=["comma", "semicolon without endings", "spaces without a head", "tabs", "one-hot", "byte order mark"],
)
def test_a_table_names_the_classes(text: str) -> None:
    source = arranged(*FLAT, tables={"labels.csv": text})
    assert [reading.key for reading in source.readings] == ["table"]
    assert {entry.name: entry.label for entry in source.entries} == {
        name: "cat" if number % 2 else "dog" for number, name in enumerate(sorted(FLAT))
    }
    assert source.skipped == []


def test_each_split_has_its_own_table_for_the_same_names() -> None:
    tables = {
        f"{split}/_classes.csv": "filename, Cat, Dog\n" + "".join(f"{n}.jpg, {n % 2}, {1 - n % 2}\n" for n in range(4))
        for split in ("train", "valid")
    }
    source = arranged(*(f"{split}/{n}.jpg" for split in ("train", "valid") for n in range(4)), tables=tables)
    assert splits(source) == {"train": {"Cat", "Dog"}, "val": {"Cat", "Dog"}}


def test_an_image_with_several_classes_or_none_is_left_out() -> None:
    text = "filename,cat,dog\n0.jpg,1,1\n1.jpg,0,0\n" + "".join(f"{n}.jpg,{n % 2},{1 - n % 2}\n" for n in range(2, 12))
    source = arranged(*(f"images/{n}.jpg" for n in range(13)), tables={"labels.csv": text})
    assert {skipped.name: str(skipped.reason) for skipped in source.skipped} == {
        "images/0.jpg": "The table gives it several classes.",
        "images/1.jpg": "The table gives it several classes.",
        "images/12.jpg": "The table says no class for it.",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no table at all",
        "a,b\n1,2\n3,4\n",
        "file,width\n0.jpg,40\n1.jpg,41\n",
        "\x00\x01\x02,\n\n",
        "id,label\n0,0\n1,0\n",
    ],
)
def test_what_is_no_table_of_labels_names_nothing(text: str) -> None:
    assert arranged(*FLAT, tables={"notes.txt": text}).classes == ("images",)


def test_folders_of_classes_come_before_a_table() -> None:
    names = [f"{label}/{n}.jpg" for label in ("Cat", "Dog") for n in range(4)]
    text = "file,label\n" + "".join(f"{name},x{n % 2}\n" for n, name in enumerate(names))
    assert arranged(*names, tables={"labels.csv": text}).classes == ("Cat", "Dog")


# --- other kinds of sets: `test_cases` has one of each ------------------------------------------------------------


def test_notes_beside_photos_in_class_folders_do_not_matter() -> None:
    names = [f"{label}/{n}.jpg" for label in ("Cat", "Dog") for n in range(2)]
    assert arranged(*names, tables={name.replace("jpg", "txt"): "0 1 1 1 1" for name in names}).classes == (
        "Cat",
        "Dog",
    )


def test_generic_folders() -> None:
    assert [
        name for name in ("images", "JPEGImages", "Fotos", "图片", "all_images", "cats", "a", "la") if is_generic(name)
    ] == [
        "images",
        "JPEGImages",
        "Fotos",
        "图片",
        "all_images",
    ]


# --- names that mean the same -------------------------------------------------------------------------------------


def test_classes_that_differ_only_in_spelling_can_be_merged() -> None:
    names = ["Cat/1.jpg", "cats/1.jpg", "cats/2.jpg", "Árbol/1.jpg", "arbol/1.jpg", "A/1.jpg", "a/1.jpg", "Bus/1.jpg"]
    assert arranged(*names).merged().counts() == {"A": 1, "Bus": 1, "a": 1, "cats": 3, "Árbol": 2}


LEFT_BEHIND = (
    "Cat/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg",
    ".thumbnails/1.jpg",
    "$RECYCLE.BIN/1.jpg",
    "#recycle/1.jpg",
    "Cat/~$1.jpg",
    "System Volume Information/1.jpg",
    "lost+found/1.jpg",
    "Cat/._1.jpg",
    "__MACOSX/Cat/1.jpg",
    "@Recycle/Cat/1.jpg",
    "@Recently-Snapshot/Cat/1.jpg",
    "Cat/ehthumbs_vista.db",
    "Cat/Thumbnails/1.jpg",
    "FOUND.000/1.jpg",
)


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_what_systems_leave_is_passed_over(name: str) -> None:
    source = arranged("Cat/1.jpg", "Dog/1.jpg", name)
    assert len(source.entries) == 2
    assert source.skipped == []


@pytest.mark.parametrize("label", ["$x^2$", "#tag", "@home", "~10", "$5", "thumb", "System", "lost"])
def test_odd_names_of_classes_are_kept(label: str) -> None:
    assert label in arranged(f"{label}/1.jpg", "Dog/1.jpg").classes
