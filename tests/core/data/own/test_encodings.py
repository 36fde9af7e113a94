"""The code page of an archive's names. The cases are names as pupils of many countries give them."""

import pytest

from core.data.own.encodings import guesses, spellings

NAMES = [
    ("cp850", ["Árbol", "Ñandú", "Pájaro"]),
    ("cp850", ["Perro", "Gato", "Águila"]),
    ("cp1252", ["Águila", "León"]),
    ("cp850", ["Cão", "Coração", "Maçã"]),
    ("cp1252", ["Cão", "Maçã"]),
    ("cp850", ["ÁRBOL", "NIÑO"]),
    ("cp850", ["Ñ"]),
    ("cp850", ["Óvalo", "Círculo"]),
    ("cp850", ["Pingüino"]),
    ("cp850", ["Âne", "Chèvre"]),
    ("cp850", ["L'été", "Forêt"]),
    ("cp437", ["Käse"]),
    ("cp1252", ["Käse", "Müll"]),
    ("cp850", ["Größe", "Öl"]),
    ("gb18030", ["猫", "狗"]),
    ("gb18030", ["猫"]),
    ("gb18030", ["柵欄貓", "龍猫"]),
    ("gb18030", ["苹果", "香蕉"]),
    ("gb18030", ["石头", "剪刀", "布"]),
    ("gb18030", ["可回收垃圾", "厨余垃圾", "有害垃圾"]),
    ("gb18030", ["蚂蚁", "蜻蜓"]),
    ("gb18030", ["茄子"]),
    ("gb18030", ["饺子", "馒头"]),
    ("big5hkscs", ["貓", "狗"]),
    ("big5hkscs", ["蘋果", "香蕉"]),
    ("big5hkscs", ["紅色", "藍色"]),
    ("cp932", ["猫", "犬"]),
    ("cp932", ["桜", "梅"]),
    ("cp932", ["ねこ", "いぬ"]),
    ("cp932", ["りんご", "バナナ", "蜜柑"]),
    ("cp949", ["고양이", "강아지"]),
    ("cp949", ["사과"]),
    ("cp949", ["가위", "바위", "보"]),
    ("cp866", ["Кошки", "Собаки"]),
    ("cp1251", ["Кошки", "Собаки"]),
    ("cp852", ["Kočka", "Pes", "Žába"]),
    ("cp1250", ["Kočka", "Žába"]),
    ("cp852", ["Łoś", "Żubr"]),
    ("cp737", ["Γάτα", "Σκύλος"]),
    ("cp1253", ["Γάτα", "Σκύλος"]),
    ("cp857", ["Kuş", "İnek", "Ağaç"]),
    ("cp1254", ["Kuş", "İnek", "Ağaç"]),
    ("utf-8", ["Árbol"]),
    ("utf-8", ["é", "è"]),
    ("utf-8", ["猫"]),
    ("utf-8", ["кот", "Ñandú"]),
    ("utf-8", ["🐱"]),
    ("utf-8", ["แมว", "หมา"]),
]


@pytest.mark.parametrize(("encoding", "names"), NAMES, ids=[f"{page}-{names[0]}" for page, names in NAMES])
def test_names_are_read_as_they_were_written(encoding: str, names: list[str]) -> None:
    found = guesses(name.encode(encoding) for name in names)
    assert set(found[0].names) == {name for name in names if not name.isascii()}


def test_other_code_pages_are_offered_once_for_each_spelling() -> None:
    offered = spellings(["Käse".encode("cp437")])
    assert next(iter(offered.items())) == ("cp437", ("Käse",))
    assert "cp850" not in offered  # reads the same
    assert offered["cp1252"] == ("K„se",)


def test_a_chosen_code_page_comes_first() -> None:
    offered = spellings(["狗".encode("gb18030")], "cp949")
    assert next(iter(offered.items())) == ("cp949", ("뭍",))
    assert offered["gb18030"] == ("狗",)


def test_a_part_of_a_path_counts_once_however_many_files_it_holds() -> None:
    names = [f"猫/{number}.jpg".encode("gb18030") for number in range(1_000)]
    assert guesses(names)[0].names == ("猫",)
