"""The code page in which an archive's names were written, where the archive doesn't say.

One decision for all names together: each code page that can spell them gets the sum of the logarithms of how likely its
letters are, beside each other and in a language that uses them. A single name is often valid in several (猫 in GBK is
è in UTF-8), all names together hardly ever.
"""

import itertools
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

UTF8 = "utf-8"
# Names as people know them, the more usual first: what comes earlier wins where two read the same.
PAGES = {
    UTF8: "UTF-8",
    "cp437": "DOS (437)",
    "cp850": "DOS, Western Europe (850)",
    "cp1252": "Windows, Western Europe (1252)",
    "gb18030": "Chinese (GBK, GB18030)",
    "big5hkscs": "Chinese, traditional (Big5)",
    "cp932": "Japanese (Shift-JIS)",
    "cp949": "Korean (EUC-KR)",
    "cp866": "DOS, Cyrillic (866)",
    "cp1251": "Windows, Cyrillic (1251)",
    "cp852": "DOS, Central Europe (852)",
    "cp1250": "Windows, Central Europe (1250)",
    "cp737": "DOS, Greek (737)",
    "cp1253": "Windows, Greek (1253)",
    "cp857": "DOS, Turkish (857)",
    "cp1254": "Windows, Turkish (1254)",
}

_WESTERN = "áéíóúñüçäöàèêâîôûãõåæøßëïìòùœÁÉÍÓÚÑÜÇÄÖÀÈÊÂÎÔÛÃÕÅÆØËÏÌÒÙŒ"
_CENTRAL = "ąćęłńóśźżáčďéěíňóřšťúůýžäöüőűâăîșțşţđôľĺŕĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇÓŘŠŤÚŮÝŽÄÖÜŐŰÂĂÎȘȚŞŢĐÔĽĹŔß"
_TURKISH = "çğıöşüâîÇĞİÖŞÜÂÎ"
_LETTERS = {
    **dict.fromkeys(("cp437", "cp850", "cp1252"), _WESTERN),
    **dict.fromkeys(("cp852", "cp1250"), _CENTRAL),
    **dict.fromkeys(("cp857", "cp1254"), _TURKISH),
}
# The letters that are usual among the others of their script.
_USUAL = set("áéíóúñüçäöàèêâãßÁÉÍÓÚÑÜÄÖÇÀÈąćęłśżčěíňřšťůýžőâășțţıİşŞğČŁŚŽŠŻ") | set(
    "оеаинтсрвлкмдпуяыьгзбчйОЕАИНТСРВЛКМДПУЯГЗБЧαειοτνσρκπμλςηάίόέήώύΑΕΙΟΤΝΣΡΚΠΜΛΗ"
)
# The characters that are most frequent in names of countries, languages and units (CLDR), and in what classes are
# usually called: animals, plants, food, vehicles, things, colours, waste, games.
_HANZI = set(
    "猫狗鸟马牛羊鸡鸭鹅鱼兔虎龙蛇熊象鼠猴猪鹿狼狐狮豹龟蛙虫蝶蜂蚁花草树木叶果苹香蕉橙桃杏李梨葡萄瓜番茄菜土豆玉米稻麦豆椒茶蘑菇"
    "车船飞机汽公交自行火地铁杯碗瓶盒纸书笔桌椅门窗手电脑键盘鼠标灯包鞋帽衣裤眼镜红黄蓝绿黑白灰紫粉色大小好坏正常异病害虫健康男女老"
    "人脸笑哭怒喜玫瑰向日葵百合菊兰蒲公英郁金垃圾回收厨余有害其他干湿石头剪刀布钢铁玻璃塑料金属数字一二三四五六七八九十零上下左右前后"
    "中东西南北山水海河湖天空云雨雪晴风动植物种类测试训练类别图片照像名文亚尔拉克斯里尼利巴阿加特方比纳英瓦米卡罗法月言塞吉德多索古岛"
    "格元卢塔萨哥达鲁科库美姆普国伊奥苏郎瑞牙列第洲欧立乌秒非波林内洛哈提和桑新帕平千伯希度年安基士威朗音泰恩丁赫夫莫拼丹兹托皮单那"
    "时隆班位分个圭属拿梅印其蒂扎币盎液韦博路几日点量区森莱伦蒙太弧兆根拜得沙力高节杯保麦福典沃号统的"
)
_HANZI_TRADITIONAL = set(
    "貓狗鳥馬牛羊雞鴨鵝魚兔虎龍蛇熊象鼠猴豬鹿狼狐獅豹龜蛙蟲蝶蜂蟻花草樹木葉果蘋香蕉橙桃李梨葡萄瓜番茄菜土豆玉米稻麥椒茶"
    "車船飛機汽公交自行火地鐵杯碗瓶盒紙書筆桌椅門窗手電腦鍵盤燈包鞋帽衣褲眼鏡紅黃藍綠黑白灰紫粉色大小好壞正常異病害健康男女老人臉"
    "笑哭怒喜玫瑰向日葵百合菊蘭垃圾回收廚餘其他乾濕石頭剪刀布鋼鐵玻璃塑料金屬數字一二三四五六七八九十零上下左右前後中東西南北山水海"
    "河湖天空雲雨雪晴風動植物種類測試訓練圖片照像名文亞爾拉克斯里尼利巴加英阿特方羅比納島語月維德達吉多塔庫格盧平國奧瑞歐國秒"
)
_HANGUL = set(
    "고양이강아지개사과나무꽃물고기새말소돼토끼호랑자곰동차비행배가위바보뱀쥐닭오리여우늑대코끼원숭사슴거북나비벌개미감포도수박딸귤복숭"
    "버스택시기트럭전철도로신호등빨노파초검흰회색분홍컵병상자종이책연필의걸상문창문손발얼굴눈코입귀남녀노인어린행복슬픔화장미해라기국화"
    "튤립쓰레재활용음식플스틱유리금속캔가위바위보숫일이삼사오육칠팔구십영정상불량한국학교우리다르스크마니카루드월디제레페세터메브에그모"
    "네와러베피투달란탄중웨야토주알안체테북단운하방볼언통당표서데즈칼링럽골켈간밀법실분선류그림진훈련검증시험"
)
_KNOWN_SHARE = 0.7  # of the characters of a name that are among the frequent ones
_UNLIKELY = math.log(1e-7)  # a sign, a box, an unused character
_RARE = math.log(1e-5)  # a letter that the languages of this code page hardly use
_BESIDE = -5.0  # letters of two scripts beside each other in a word
_CASE = -4.0  # a capital after a small letter
_CROWDED = -2.0  # two accented letters, or two capitals that aren't ASCII, beside each other
_ODD = -4.0  # a sign that is hardly in names, but a usual second byte of Chinese and Japanese letters
_ALONE = -8.0  # a name of one letter
_IS_UTF8 = 4.0  # for each character: other bytes are hardly ever valid UTF-8


@dataclass(frozen=True)
class Guess:
    """A code page and what it makes of the names."""

    encoding: str  # key of PAGES
    score: float
    names: tuple[str, ...]


def guesses(names: Iterable[bytes]) -> list[Guess]:
    """The code pages that can spell all of these names, the likeliest first. At least one: any bytes are code page 437.

    Args:
        names: Paths with "/", as bytes. Only parts that aren't ASCII count, each once.
    """
    parts = sorted({part for name in names for part in name.replace(b"\\", b"/").split(b"/") if not part.isascii()})
    found = []
    for encoding in PAGES:
        try:
            spelled = tuple(part.decode(encoding) for part in parts)
        except UnicodeDecodeError:
            continue
        found.append(Guess(encoding, sum(_score(name, encoding) for name in spelled), spelled))
    return sorted(found, key=lambda guess: -guess.score)  # stable: the more usual first


def spellings(names: Iterable[bytes], chosen: str | None = None) -> dict[str, tuple[str, ...]]:
    """Code page → what it makes of the names. First the `chosen` or the likeliest; each spelling once."""
    found = guesses(names)
    found.sort(key=lambda guess: guess.encoding != chosen)  # stable
    offered: dict[str, tuple[str, ...]] = {}
    for guess in found:
        if guess.names not in offered.values():
            offered[guess.encoding] = guess.names
    return offered


def _score(name: str, encoding: str) -> float:
    stem = name.rsplit(".", 1)[0]
    score = sum(_letter(letter, encoding) for letter in stem if not letter.isascii())
    for before, after in itertools.pairwise(stem):
        if {_script(before), _script(after)} in _FOREIGN:
            score += _BESIDE
        if before.islower() and after.isupper() and not (before.isascii() and after.isascii()):
            score += _CASE
        if not (before.isascii() or after.isascii()) and (
            _script(before) == _script(after) == "latin" or (before.isupper() and after.isupper())
        ):
            score += _CROWDED
    score += _ODD * sum(letter in "~^|{}`\\" for letter in stem)
    if len(stem) == 1 and _script(stem) in ("latin", "cyrillic", "greek"):
        score += _ALONE
    return score


def _letter(letter: str, encoding: str) -> float:
    script = _script(letter)
    if script is None:
        return _UNLIKELY
    if encoding == UTF8:
        return _likely(letter, script) + _IS_UTF8
    if script == "latin" and encoding in _LETTERS:
        return _likely(letter, script) if letter in _LETTERS[encoding] else _RARE
    return _likely(letter, script, encoding) if script in _SCRIPTS.get(encoding, ()) else _RARE


def _likely(letter: str, script: str, encoding: str = UTF8) -> float:
    """The logarithm of about how often a letter is used where its script is."""
    if script == "han":
        frequent = _HANZI_TRADITIONAL if encoding == "big5hkscs" else _HANZI
        if letter in frequent:
            return math.log(_KNOWN_SHARE / 500)
        return math.log((1 - _KNOWN_SHARE) / 4_000) if _is_common(letter, encoding) else math.log(1e-5)
    if script == "hangul":
        return math.log(_KNOWN_SHARE / 250 if letter in _HANGUL else (1 - _KNOWN_SHARE) / 2_100)
    if script == "kana":
        return math.log(1 / 80)
    return math.log(1 / 30) if letter in _USUAL else math.log(1 / 150)


def _is_common(letter: str, encoding: str) -> bool:
    """Whether it is in the first part of the national table, which holds the usual characters."""
    page, low, high = {
        "big5hkscs": ("big5", 0xA440, 0xC67E),
        "cp932": ("shift_jis", 0x889F, 0x9872),
        "cp949": ("euc_kr", 0, 0),  # hanja are rare today
    }.get(encoding, ("gb2312", 0xB0A1, 0xD7F9))
    try:
        return low <= int.from_bytes(letter.encode(page)) <= high
    except UnicodeEncodeError:
        return False


_SCRIPTS = {
    "gb18030": ("han",),
    "big5hkscs": ("han",),
    "cp932": ("han", "kana"),
    "cp949": ("hangul", "han"),
    "cp866": ("cyrillic",),
    "cp1251": ("cyrillic",),
    "cp737": ("greek",),
    "cp1253": ("greek",),
}
_FOREIGN = [{"latin", other} for other in ("han", "hangul", "kana", "cyrillic", "greek", "halfwidth")] + [
    {"han", "hangul"},
    {"hangul", "kana"},
    {"cyrillic", "greek"},
    {"cyrillic", "han"},
    {"greek", "han"},
]
_RANGES = (
    ("han", 0x4E00, 0x9FFF),
    ("han", 0x3400, 0x4DBF),
    ("kana", 0x3040, 0x30FF),
    ("hangul", 0xAC00, 0xD7A3),
    ("cyrillic", 0x0400, 0x04FF),
    ("greek", 0x0370, 0x03FF),
)


def _script(letter: str) -> str | None:
    """The script of a letter; None for signs, boxes and unused characters."""
    code = ord(letter)
    for script, first, last in _RANGES:
        if first <= code <= last and unicodedata.category(letter)[0] in "LM":
            return script
    if code < 0x250 and letter.isalpha():
        return None if letter in "ªºƒ" else "latin"
    return (
        "other" if unicodedata.category(letter)[0] in "LM" and code > 0x500 and not 0xFF61 <= code <= 0xFF9F else None
    )
