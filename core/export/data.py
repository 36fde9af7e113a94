"""The code that makes `train_set` and `validation_set`."""

from core.config import DataConfig
from core.data import catalog
from core.data.builtin import photo_sets
from core.data.builtin.samples import SAMPLES, STRIDE, Sample
from core.data.own import stored
from core.export import pictures

_RANDOM = "# Random for each image and epoch. The app uses other random numbers, so the losses differ a little."


def data_code(config: DataConfig) -> list[str]:
    """Imports and the two sets. Without augmentation, the network's input is exactly that of the app."""
    return [*_sets(config), *_few_of_each(config)]


def _sets(config: DataConfig) -> list[str]:
    if config.dataset == "digits":
        return _digits(config)
    if catalog.has_points(config):
        return _points(config)
    if needs_list(config):
        return _photos(config)
    if _is_pets(config):
        return _pets(config)
    return _torchvision(config)


def needs_list(config: DataConfig) -> bool:
    """Whether the code reads `pictures.LIST`: where torchvision has no reader for these images and this split."""
    return stored.is_name(config.dataset) or (config.dataset in photo_sets.TITLES and not _is_pets(config))


def _torchvision(config: DataConfig) -> list[str]:
    sample = SAMPLES.get(config.dataset)
    reader = f"datasets.{catalog.info(sample.parent if sample else config.dataset).torchvision_name}"
    size = config.image_size
    resize = [f"transforms.Resize(({size}, {size}))"] if size else []
    random = config.augmentation.any
    train, validation = ("train_transform", "validation_transform") if random else ("transform", "transform")
    lines = [
        *_imports(config, ["from torchvision import datasets, transforms"]),
        *_transforms(config, resize),
    ]
    if sample:
        lines += _sample_rows()
    if not config.validation_fraction:
        return [
            *lines,
            f'train_set = {reader}("data", train=True, download=True, transform={train})',
            f'validation_set = {reader}("data", train=False, download=True, transform={validation})',
            *(_sampled("train_set", sample.quotas["train"]) if sample else []),
            *(_sampled("validation_set", sample.quotas["test"]) if sample else []),
        ]
    checked = [f'validation_set = {reader}("data", train=True, transform={validation})'] if random else []
    return [
        *lines,
        f'train_set = {reader}("data", train=True, download=True, transform={train})',
        *checked,
        *([f"rows = sample(train_set, {sample.quotas['train']})"] if sample else []),
        f"labels = np.asarray(train_set.targets){'[rows]' if sample else ''}",
        *_held_out(config),
        f"validation_set = Subset({'validation_set' if random else 'train_set'}, {_chosen('held_out', sample)})",
        f"train_set = Subset(train_set, {_chosen('~held_out', sample)})",
    ]


def _sample_rows() -> list[str]:
    """The rule of `core.data.builtin.samples.rows`, as a beginner would write it."""
    return [
        "# Of each class every tenth image, so many: the tenth that comes with the app.",
        "def sample(whole, numbers):",
        "    labels = np.asarray(whole.targets)",
        f"    rows = [np.flatnonzero(labels == label)[::{STRIDE}][:number] for label, number in enumerate(numbers)]",
        "    return np.sort(np.concatenate(rows))",
        "",
    ]


def _sampled(name: str, quota: tuple[int, ...]) -> list[str]:
    return [f"{name} = Subset({name}, sample({name}, {quota}))"]


def _chosen(condition: str, sample: Sample | None) -> str:
    return f"rows[{condition}]" if sample else f"np.flatnonzero({condition})"


def _is_pets(config: DataConfig) -> bool:
    return config.dataset in ("pets", "pet_breeds") and config.validation_fraction == 0


def _pets(config: DataConfig) -> list[str]:
    """The Oxford pets as torchvision reads them."""
    size = catalog.full_size(config)
    resize = [f"transforms.Resize({size})", f"transforms.CenterCrop({size})"]
    train, validation = (
        (f"{name}_transform" for name in ("train", "validation")) if config.augmentation.any else ("transform",) * 2
    )
    target = "binary-category" if config.dataset == "pets" else "category"
    return [
        *_imports(config, ["from torchvision import datasets, transforms"]),
        *_transforms(config, resize),
        f'reader, target = datasets.OxfordIIITPet, "{target}"',
        f'train_set = reader("data", "trainval", target, transform={train}, download=True)',
        f'validation_set = reader("data", "test", target, transform={validation}, download=True)',
    ]


def _photos(config: DataConfig) -> list[str]:
    """Images from files: imported ones, or those of a built-in set of photos."""
    random = config.augmentation.any
    train, validation = ("train_transform", "validation_transform") if random else ("transform", "transform")
    return [
        *pictures.IMPORTS,
        *pictures.finding_code(),
        *pictures.reading_code(catalog.full_size(config)),
        *_transforms(config, ["middle"]),
        f'train_set = Listed("{pictures.TRAIN}", {train})',
        f'validation_set = Listed("{pictures.VALIDATION}", {validation})',
    ]


def _few_of_each(config: DataConfig) -> list[str]:
    """The rule of `core.data.split.few_of_each`: a part of the training images, the same one as in the app."""
    if config.per_class is None:
        return []
    if needs_list(config):
        labels = 'np.asarray([int(row["label"]) for row in train_set.rows])'
    elif config.validation_fraction:
        labels = "labels[~held_out]"
    elif config.dataset in SAMPLES:
        labels = "np.asarray(train_set.dataset.targets)[train_set.indices]"
    else:
        labels = f"np.asarray(train_set.{'_labels' if _is_pets(config) else 'targets'})"
    return [
        "",
        f"# Only {config.per_class} images of each class to learn from.",
        "import numpy as np",
        "from torch.utils.data import Subset",
        "",
        f"labels = {labels}",
        "few = []",
        "for label in np.unique(labels):",
        f"    order = np.random.default_rng([{config.split_seed}, int(label)])",
        f"    few.append(order.permutation(np.flatnonzero(labels == label))[:{config.per_class}])",
        "train_set = Subset(train_set, np.sort(np.concatenate(few)))",
    ]


def _imports(config: DataConfig, more: list[str]) -> list[str]:
    subset = config.validation_fraction or config.dataset in SAMPLES
    return [
        *(["import numpy as np"] if subset else []),
        f"from torch.utils.data import DataLoader{', Subset' if subset else ''}",
        *more,
        "",
    ]


def _transforms(config: DataConfig, resize: list[str]) -> list[str]:
    """One pipeline, or two if training images are augmented."""
    crop = [f"transforms.CenterCrop({config.center_crop})"] if config.center_crop else []
    plain = [*resize, *crop, "transforms.ToTensor()", *_normalise(config)]
    if not config.augmentation.any:
        return ["transform = transforms.Compose([", *(f"    {step}," for step in plain), "])"]
    size = catalog.full_size(config)
    before = resize + crop
    if config.augmentation.crops:
        before = [f"transforms.RandomResizedCrop({size}, scale=({config.augmentation.crop_scale}, 1.0))"]
    training = [*before, *_random(config), "transforms.ToTensor()", *_normalise(config)]
    return [
        _RANDOM,
        "train_transform = transforms.Compose([",
        *(f"    {step}," for step in training),
        "])",
        "validation_transform = transforms.Compose([",
        *(f"    {step}," for step in plain),
        "])",
    ]


def _random(config: DataConfig) -> list[str]:
    """Torchvision's random transforms, except the crop."""
    settings = config.augmentation
    strengths = ("brightness", "contrast", "saturation")
    jitter = [f"{name}={value}" for name in strengths if (value := getattr(settings, name))]
    return [
        *([f"transforms.RandomRotation({settings.rotation:g})"] if settings.rotation else []),
        *([f"transforms.RandomHorizontalFlip({settings.horizontal_flip})"] if settings.horizontal_flip else []),
        *([f"transforms.ColorJitter({', '.join(jitter)})"] if jitter else []),
    ]


def _normalise(config: DataConfig) -> list[str]:
    if config.mean == (0.0,) and config.std == (1.0,):
        return []
    return [f"transforms.Normalize({config.mean}, {config.std})"]


def _digits(config: DataConfig) -> list[str]:
    """Scikit-learn's digits as tensors. With augmentation, they need their own `Dataset` class."""
    size = config.image_size
    resized = [f"images = resize(images, [{size}, {size}], antialias=True)"] if size not in (None, 8) else []
    head = [
        "import numpy as np",
        "from sklearn.datasets import load_digits",
        "from torch.utils.data import DataLoader, TensorDataset",
        *(["from torchvision.transforms.v2.functional import resize"] if resized else []),
        *(["from torchvision import transforms"] if config.augmentation.any else []),
        "",
        "digits = load_digits()",
        "images = torch.tensor(np.rint(digits.images * (255 / 16)), dtype=torch.uint8).unsqueeze(1)",
        *resized,
    ]
    crop = _middle(config)
    mean, std = config.mean[0], config.std[0]
    if not config.augmentation.any:
        return [
            *head,
            f"images = (images.float() / 255 - {mean}) / {std}",
            *([f"images = images{crop}"] if crop else []),
            "labels = digits.target",
            *_held_out(config),
            "train_set = TensorDataset(images[~held_out], torch.tensor(labels[~held_out]))",
            "validation_set = TensorDataset(images[held_out], torch.tensor(labels[held_out]))",
        ]
    full = size or 8
    before = [f"transforms.RandomResizedCrop({full}, scale=({config.augmentation.crop_scale}, 1.0))"]
    before = before if config.augmentation.crops else []
    before = [f"transforms.CenterCrop({config.center_crop})"] if config.center_crop and not before else before
    return [
        *head,
        "images = images.float() / 255",
        "labels = digits.target",
        *_held_out(config),
        _RANDOM,
        "augment = transforms.Compose([",
        *(f"    {step}," for step in [*before, *_random(config), *_normalise(config)]),
        "])",
        "",
        "class Augmented(TensorDataset):",
        "    def __getitem__(self, index):",
        "        image, label = super().__getitem__(index)",
        "        return augment(image), label",
        "",
        "train_set = Augmented(images[~held_out], torch.tensor(labels[~held_out]))",
        f"images = (images{crop} - {mean}) / {std}",
        "validation_set = TensorDataset(images[held_out], torch.tensor(labels[held_out]))",
    ]


# The functions of `core.data.builtin.points`, in simple code.
_PLACES = {
    "moons": [
        "angle = np.pi * along",
        "upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], 1)",
        "lower = np.stack([0.5 - np.cos(angle), 0.25 - np.sin(angle)], 1)",
        "places = np.where(labels[:, None] == 0, upper, lower) / 1.6",
    ],
    "circles": [
        "angle = 2 * np.pi * along",
        "radius = np.where(labels == 0, 0.9, 0.4)",
        "places = np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None]",
    ],
    "xor": [
        "places = random.uniform(0.08, 0.95, (number, 2)) * random.choice([-1, 1], (number, 1))",
        "places[:, 1] *= np.where(labels == 0, 1, -1)",
    ],
    "spiral": [
        "angle = 3.2 * np.pi * np.sqrt(along) + np.pi * labels",
        "places = np.stack([np.cos(angle), np.sin(angle)], 1) * (0.95 * np.sqrt(along))[:, None]",
    ],
}


def _points(config: DataConfig) -> list[str]:
    """Points of two coordinates, drawn with numpy. In the code of the training they are called images, too."""
    cloud = config.points
    return [
        "import numpy as np",
        "from torch.utils.data import DataLoader, TensorDataset",
        "",
        f"random, number = np.random.default_rng({cloud.seed}), {cloud.number}",
        "labels = np.arange(number) % 2",
        "along = (np.arange(number) // 2 + 0.5) / -(-number // 2)  # 0 to 1, evenly in each class",
        *_PLACES[cloud.shape],
        f"places = (places + random.normal(0, {cloud.noise}, places.shape)).astype(np.float32)",
        *_held_out(config),
        f"points = (torch.tensor(places) - torch.tensor({config.mean})) / torch.tensor({config.std})",
        "train_set = TensorDataset(points[~held_out], torch.tensor(labels[~held_out]))",
        "validation_set = TensorDataset(points[held_out], torch.tensor(labels[held_out]))",
    ]


def _middle(config: DataConfig) -> str:
    """The index that crops a batch of digits to the middle."""
    if config.center_crop is None:
        return ""
    full = config.image_size or 8
    start = round((full - config.center_crop) / 2)
    return f"[..., {start}:{start + config.center_crop}, {start}:{start + config.center_crop}]"


def _held_out(config: DataConfig) -> list[str]:
    """The stratified split of `core.data.split.held_out` in simple code."""
    fraction = config.validation_fraction
    return [
        f"# Keep {fraction:.0%} of each class aside for validation.",
        f"random = np.random.default_rng({config.split_seed})",
        "held_out = np.zeros(len(labels), dtype=bool)",
        "for label in np.unique(labels):",
        "    members = random.permutation(np.flatnonzero(labels == label))",
        f"    held_out[members[: min(max(1, round({fraction} * len(members))), len(members) - 1)]] = True",
    ]
