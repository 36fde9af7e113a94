"""Folders that name a split and no class: train, val, test, in many spellings and languages.

A name is taken apart into words. Words such as "set" or "images" say nothing, nor do numbers. What is left beside the
word for the split must be the same for all splits (`seg_train`, `seg_test`), so that train_station and test_tube stay
classes.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from core.data.own.names import folded


class Split(Enum):
    """What the images of a folder are for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    UNLABELLED = "unlabelled"  # to be predicted: their classes aren't known


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


# Without accents, in lower case. Beginnings of words end with "*".
_WORDS: dict[Split, str] = {
    Split.TRAIN: """
        train trn tr training trainings trainval learn learning
        entrenamiento entrenar entreno aprender aprendizaje entrenament adestramento entrenamendu ikasketa
        treino treinamento treinar entrainement apprentissage entrainer
        trainieren lernen lern anlernen ubung uebung addestramento allenamento apprendimento
        oefen oefenen trening uczenie uczace treningowy* trenov* trenink trenir* ucenie ucenje ucici vjezba
        tanito tanulo antrenare invatare
        egitim ogrenme koulutus opetus harjoitus oppiminen traening traenings træning trænings traning tranings
        opplaering opplæring mokym* apmaciba apmacibas treeni*
        обуч* трен* учеб* навч* εκπαιδευ* εκπαίδευ* latih latihan pelatihan huanluyen taphuan
        تدريب التدريب آموزش אימון ฝึก สอน प्रशिक्षण
        """,
    Split.VALIDATION: """
        val valid vali validate validation validations dev development holdout eval evaluation
        validacion validar comprobacion verificacion validacio validacao verificacao balidazio
        validierung validierungs pruefen prufen kontrolle controle verification
        validazione verifica validatie walidacja walidacyjny* validac* overovac* validare validalas
        dogrulama gecerleme validointi validering validerings provjera
        валид* провер* контрол* перевір* επικυρ* επικύρ* validasi
        تحقق التحقق اعتبارسنجی אימות सत्यापन ตรวจสอบ
        """,
    Split.TEST: """
        test tests tst testing tester
        prueba pruebas probar testeo examen evaluacion avaliacao proba probak prova proves teste testes essai essais
        testen pruefung prufung collaudo testy testowy* testov* testav* testir* teszt testare testi testaus
        deneme sinama тест* экзамен δοκιμ* ujian uji pengujian kiemtra kiemthu
        اختبار الاختبار آزمون בדיקה מבחן परीक्षण जाँच जांच ทดสอบ
        """,
    Split.UNLABELLED: "pred predict prediction predictions submission unlabeled unlabelled predecir prediccion",
}
# Languages written without spaces between words: anywhere in a short name.
_INSIDE: dict[Split, str] = {
    Split.TRAIN: "训练 訓練 学习 學習 学習 トレーニング 훈련 학습",
    Split.VALIDATION: "验证 驗證 検証 校验 评估 評価 검증 평가",
    Split.TEST: "测试 測試 テスト 試験 시험 테스트 评测",
    Split.UNLABELLED: "预测 預測 予測 예측",
}
# Words that a folder may have for what lies in it, whatever that is.
_CONTAINERS = words(
    """
    set sets data dataset datasets split folder dir img imgs image images pic pics picture pictures photo
    photos file files sample samples jpegimages conjunto datos dato imagenes imagen fotos foto carpeta
    dades imatges conjunt dados imagens pasta donnees jeu ensemble dossier daten datensatz satz bilder
    bild ordner menge dati immagini cartella insieme gegevens beelden map zbior dane obrazy obrazky veri
    kumesi seti goruntu выборка данные набор изображения картинки дані фото 图片 图像 圖片 照片 数据 画像 写真
    이미지 사진
    صور
    """
)
_LINKS = words(
    """
    the of for and a de del la el los las para por con y do da d le les l pour fur zum zur der die das di
    """
)
_FILLERS = _CONTAINERS | _LINKS
_FORMATS = words(
    """
    all my full raw rgb input inputs jpg jpeg png bmp color colour original originals
    """
)
_NUMBER = re.compile(r"\d+")
_PHRASES = re.compile("(huan|kiem|tap) (luyen|tra|thu|huan)")  # of two written words, as in Vietnamese
# Not \W, for which the vowels of Indian languages and of Thai are no letters.
_SIGNS = re.compile(r"[\s!-/:-@\[-`{-~‘’“”、，。（）【】·–—]+")


@dataclass(frozen=True)
class SplitName:
    """What a folder's name says: its split, and the words beside it."""

    split: Split
    rest: tuple[str, ...]
    label: str = ""  # the rest as it is written


def words_of(name: str) -> list[str]:
    """The words of a name: parted at signs, digits, and where small letters turn into capitals."""
    return [folded(word) for word in _parted(name)]


def _parted(name: str) -> list[str]:
    """The words as they are written."""
    apart = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-Þ])", " ", name)
    return [word for word in _SIGNS.split(apart) if folded(word)]


def split_name(name: str) -> SplitName | None:
    """The split that a folder's name says, if it says just one, first or last among its words."""
    if (phrase := _PHRASES.fullmatch(" ".join(words_of(name)))) and (whole := _split_of("".join(phrase.groups()))):
        return SplitName(whole, ())
    written = [word for word in _parted(name) if folded(word) not in _FILLERS and not _NUMBER.fullmatch(word)]
    found = [(place, split) for place, word in enumerate(written) if (split := _split_of(folded(word)))]
    if len({split for _place, split in found}) != 1 or found[0][0] not in (0, len(written) - 1):
        return None
    places = {place for place, _split in found}
    rest = [word for place, word in enumerate(written) if place not in places]
    return SplitName(found[0][1], tuple(map(folded, rest)), " ".join(rest))


def is_generic(name: str) -> bool:
    """Whether a folder's name says no more than that images lie in it."""
    named = words_of(name)
    return any(word in _CONTAINERS for word in named) and all(word in _FILLERS | _FORMATS for word in named)


def _split_of(word: str) -> Split | None:
    for split, parts in _INSIDE_PARTS.items():
        if len(word) <= 8 and any(part in word for part in parts):
            return split
    for split, (whole, beginnings) in _TABLE.items():
        if word in whole or word.startswith(beginnings):
            return split
    for filler in _GLUED:  # trainset, Testdaten
        if word.endswith(filler) and len(word) > len(filler):
            stem = word.removesuffix(filler)
            for split, (whole, _beginnings) in _TABLE.items():
                if stem in whole:
                    return split
    return None


def _table(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    listed = [folded(word) for word in text.split()]
    return (
        frozenset(word for word in listed if not word.endswith("*")),
        tuple(word.removesuffix("*") for word in listed if word.endswith("*")),
    )


_TABLE = {split: _table(text) for split, text in _WORDS.items()}
_INSIDE_PARTS = {split: [folded(word) for word in text.split()] for split, text in _INSIDE.items()}
_GLUED = sorted((word for word in _CONTAINERS if len(word) > 2), key=len, reverse=True)


def splits(below: Mapping[str, Collection[str]]) -> dict[str, Split]:
    """The splits of folders that lie beside each other, given the names that lie below each; empty for classes.

    Where other folders lie beside them, the one for training needs folders below.
    """
    named = {name: found for name in below if (found := split_name(name))}
    if other := _counterpart(named, below):
        return {name: found.split for name, found in named.items()} | {other: Split.TRAIN}
    kinds = {found.split for found in named.values()}
    if Split.TRAIN not in kinds or not (_one_rest(named) or _same_classes(named, below)):
        return {}
    if len(named) < len(below):
        deep = {found.split for name, found in named.items() if len(below[name]) > 1}
        if Split.TRAIN not in deep or not kinds & {Split.VALIDATION, Split.TEST}:
            return {}
    return {name: found.split for name, found in named.items()}


def _counterpart(named: Mapping[str, SplitName], below: Mapping[str, Collection[str]]) -> str | None:
    """The one folder beside those to check with that has their classes: it is to learn from, whatever its name."""
    others = [name for name in below if name not in named]
    checking = {found.split for found in named.values()}
    if len(others) != 1 or not checking or Split.TRAIN in checking or Split.UNLABELLED in checking:
        return None
    classes = set(below[others[0]])
    alike = all(2 * len(classes & set(below[name])) >= len(classes | set(below[name])) for name in named)
    return others[0] if len(classes) > 1 and alike else None


def classes_beside_splits(folders: Collection[str]) -> dict[str, tuple[Split, str]]:
    """The split and the class of folders that name both, as train_cats, train_dogs, test_cats; empty for others."""
    named = {name: found for name in folders if (found := split_name(name))}
    learned = {found.rest for found in named.values() if found.split is Split.TRAIN}
    checked = {found.rest for found in named.values() if found.split is not Split.TRAIN}
    if len(named) < len(folders) or len(learned) < 2 or () in learned or not checked or checked - learned:
        return {}
    return {name: (found.split, found.label) for name, found in named.items()}


def _one_rest(named: Mapping[str, SplitName]) -> bool:
    return len({found.rest for found in named.values()}) == 1


def _same_classes(named: Mapping[str, SplitName], below: Mapping[str, Collection[str]]) -> bool:
    """Whether at least half of the folders below one split lie below another, too."""
    sets = [set(below[name]) for name in named if below[name]]
    return len(sets) > 1 and all(
        any(2 * len(one & other) >= len(one | other) for other in sets if other is not one) for one in sets
    )
