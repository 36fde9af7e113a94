"""The code that reads photos: those of `images.csv`, which lies beside the script in a hand-in.

The list names each image by its content. So the script learns from the images of the run, with the app's classes and
split, however the folders are called that they lie in.
"""

from core.data.own.images import LONGEST
from core.data.own.importing import SIDE

LIST = "images.csv"
TRAIN, VALIDATION = "train", "validation"  # in its column `split`

IMPORTS = [
    "import csv",
    "import hashlib",
    "import sys",
    "from pathlib import Path",
    "",
    "import numpy as np",
    "from PIL import Image, ImageOps",
    "from torch.utils.data import DataLoader, Dataset",
    "from torchvision import transforms",
    "",
]


def finding_code() -> list[str]:
    """Code that finds the listed images by their content, or ends and says what is missing."""
    return f"""\
# {LIST} lists the images of the run. They are found by their content, in any folders inside of "images".
if not Path("{LIST}").exists():
    sys.exit("{LIST} isn't here. Copy it from the zip of the hand-in into this folder.")
with open("{LIST}", encoding="utf-8-sig", newline="") as file:
    listed = list(csv.DictReader(file))
folder = Path("images") if Path("images").is_dir() else Path()
places = {{hashlib.sha256(path.read_bytes()).hexdigest(): path for path in folder.rglob("*") if path.is_file()}}
missing = [row["file"] for row in listed if row["sha256"] not in places]
if missing:
    sys.exit(
        f"{{len(missing)}} of the {{len(listed)}} images of the run aren't in {{folder.resolve()}}, "
        f"such as {{missing[0]}}. Copy the folders there as you brought them. "
        "Unpack zips, and don't change the images."
    )

""".splitlines()


def reading_code(size: int) -> list[str]:
    """Code that prepares an image exactly as `core.data.own` does, and a data set of one split."""
    return f'''\

def stored(path):
    """The image as the app stores it: upright, on white, its shorter side at most {SIDE} pixels long."""
    image = Image.open(path)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        sys.exit(f"{{path}} has more than 8 bits a colour. Only the app knows how it makes 8 of them.")
    scale = min(1, {2 * SIDE} / min(image.size))
    image.draft(None, [max(1, int(scale * side)) for side in image.size])  # decodes a large JPEG smaller
    image.load()
    if image.has_transparency_data:
        image = image.convert("RGBA")
        seen = np.asarray(image.convert("L"))[np.asarray(image)[..., 3] > 127]
        paper = Image.new("RGB", image.size, "black" if len(seen) and seen.min() > 200 else "white")
        paper.paste(image, mask=image.getchannel("A"))
        paper.info = image.info
        image = paper
    image = image.convert("RGB")
    shorter = min(image.size)
    wide, high = (min(side, {LONGEST} * shorter) for side in image.size)  # only the middle of a very long image
    left, top = (image.width - wide) // 2, (image.height - high) // 2
    box = (left, top, left + wide, top + high)
    if shorter > {SIDE}:
        smaller = (round(wide * {SIDE} / shorter), round(high * {SIDE} / shorter))
        image = image.resize(smaller, Image.Resampling.BILINEAR, box=box)
    else:
        image = image.crop(box)
    return ImageOps.exif_transpose(image)


def middle(image):
    """The middle of an image as a square."""
    return ImageOps.fit(image, ({size}, {size}), Image.Resampling.BILINEAR)


class Listed(Dataset):
    """The listed images of one split, in the order of the app."""

    def __init__(self, split, transform):
        self.rows = [row for row in listed if row["split"] == split]
        self.transform = transform

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = self.rows[index]
        return self.transform(stored(places[row["sha256"]])), int(row["label"])


'''.splitlines()
