"""Transforms on whole batches: each image in a way of its own, and each step what torchvision computes."""

import pytest
import torch
from torch.nn.functional import interpolate

from core.config import Augmentation, DataConfig
from core.data import transforms
from core.data.transforms import Draws, boxes, colour_jitter, draw, flip, random_resized_crop, rotate
from core.torchvision_compat import torchvision


def photos(count: int = 6, size: int = 16, channels: int = 3) -> torch.Tensor:
    """Soft colours without symmetry, float32 in 0 to 1."""
    coarse = torch.rand(count, channels, 4, 4, generator=torch.Generator().manual_seed(7))
    return interpolate(coarse, size=(size, size), mode="bilinear").clamp(0, 1)


def draws(count: int = 6, seed: int = 0) -> Draws:
    return draw(count, torch.Generator().manual_seed(seed))


ALL = Augmentation(crop_scale=0.3, rotation=20, horizontal_flip=0.5, brightness=0.4, contrast=0.4, saturation=0.4)


def test_each_image_of_a_batch_is_changed_in_a_way_of_its_own() -> None:
    same = photos(1).expand(6, -1, -1, -1).clone()
    for step in transforms.training(DataConfig(augmentation=ALL.model_copy(update={"horizontal_flip": 0.0}))):
        changed = step.apply(same, draws())
        for one in range(6):
            for other in range(one):
                assert not torch.equal(changed[one], changed[other]), step.name


def test_an_image_is_changed_alike_whichever_batch_it_is_in() -> None:
    images, drawn = photos(), draws()
    alone = Draws(*(numbers[2:3] for numbers in vars(drawn).values()))
    for step in transforms.training(DataConfig(augmentation=ALL)):
        torch.testing.assert_close(step.apply(images, drawn)[2:3], step.apply(images[2:3], alone))


def test_without_augmentation_there_is_no_random_step() -> None:
    assert transforms.training(DataConfig()) == []


def test_validation_is_never_changed_at_random() -> None:
    config = DataConfig(augmentation=ALL, center_crop=8)
    (step,) = transforms.validation(config)
    assert torch.equal(step.apply(photos(), draws(seed=1)), step.apply(photos(), draws(seed=2)))
    assert transforms.validation(DataConfig(augmentation=ALL)) == []


def test_the_steps_come_in_the_order_of_the_tutorial() -> None:
    names = [str(step.name) for step in transforms.training(DataConfig(augmentation=ALL, center_crop=8))]
    assert [name.split(",")[0] for name in names] == [
        "Random resized crop",
        "Random rotation",
        "Random flip",
        "Colour jitter",
    ]


def test_a_crop_takes_the_pixels_of_its_box() -> None:
    images = photos(2)
    cropped = random_resized_crop(images, torch.tensor([[0, 0, 16, 16], [4, 6, 8, 8]]))
    torch.testing.assert_close(cropped[0], images[0])
    expected = interpolate(images[1:, :, 6:14, 4:12], size=(16, 16), mode="bilinear")[0]
    inner = (slice(None), slice(2, -2), slice(2, -2))  # at the edge torchvision doesn't look beyond the box
    torch.testing.assert_close(cropped[1][inner], expected[inner])


def test_boxes_are_spread_as_those_of_torchvision() -> None:
    torchvision()
    from torchvision.transforms import RandomResizedCrop

    count, height, width = 4_000, 60, 100
    drawn = draws(count)
    ours = boxes(drawn, torch.tensor([[height, width]]).expand(count, 2), 0.08)
    left, top, across, down = ours.unbind(1)
    assert (left >= 0).all()
    assert (top >= 0).all()
    assert (left + across <= width).all()
    assert (top + down <= height).all()
    torch.manual_seed(0)
    image = torch.zeros(3, height, width)
    theirs = torch.tensor([RandomResizedCrop.get_params(image, [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(count)])[
        :, [1, 0, 3, 2]
    ]
    for column in range(4):
        mine, other = ours[:, column].double(), theirs[:, column].double()
        assert abs(mine.mean() - other.mean()) < 0.1 * other.std(), column
        assert mine.std() == pytest.approx(float(other.std()), rel=0.1), column


def test_a_picture_too_long_for_any_crop_gives_its_middle() -> None:
    drawn = draws(3)
    long = Draws(torch.ones_like(drawn.crop), drawn.place, drawn.angle, drawn.flip, drawn.colour)
    found = boxes(long, torch.tensor([[10, 100], [100, 10], [20, 20]]), 0.9)
    assert found.tolist()[0] == [43, 0, 13, 10]
    assert found.tolist()[1] == [0, 43, 10, 13]


def test_a_rotation_turns_counter_clockwise_about_the_middle() -> None:
    images = photos(3)
    turned = rotate(images, torch.tensor([0.0, 90.0, 180.0]))
    torch.testing.assert_close(turned[0], images[0])
    torch.testing.assert_close(turned[1], images[1].rot90(1, (-2, -1)), atol=1e-5, rtol=0)
    torch.testing.assert_close(turned[2], images[2].rot90(2, (-2, -1)), atol=1e-5, rtol=0)


def test_what_a_rotation_uncovers_is_black() -> None:
    assert rotate(torch.ones(1, 1, 9, 9), torch.tensor([45.0]))[0, 0, 0, 0] == 0


def test_a_flip_exchanges_left_and_right_of_the_chosen_images_only() -> None:
    images = photos(2)
    flipped = flip(images, torch.tensor([True, False]))
    assert torch.equal(flipped[0], images[0].flip(-1))
    assert torch.equal(flipped[1], images[1])


def test_colours_change_as_in_torchvision() -> None:
    torchvision()
    from torchvision.transforms import functional

    images = photos(1)
    expected = functional.adjust_saturation(
        functional.adjust_contrast(functional.adjust_brightness(images, 1.3), 0.6), 1.5
    )
    torch.testing.assert_close(colour_jitter(images, torch.tensor([[1.3, 0.6, 1.5]])), expected)
    grey = images[:, :1]
    expected = functional.adjust_contrast(functional.adjust_brightness(grey, 0.8), 1.4)
    torch.testing.assert_close(colour_jitter(grey, torch.tensor([[0.8, 1.4, 0.2]])), expected)


def test_normalising_is_undone_to_the_very_bytes() -> None:
    pixels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    mean, std = (0.1307,), (0.3081,)
    images = transforms.normalise(
        pixels.float().div_(255), torch.tensor(mean).view(-1, 1, 1), torch.tensor(std).view(-1, 1, 1)
    )
    assert torch.equal(transforms.undone(images, mean, std), pixels)
