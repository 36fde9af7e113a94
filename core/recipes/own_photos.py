"""The run that suits photos of one's own: a new head on a network that knows ImageNet and comes with the app."""

from core.config import DataConfig, RunConfig, Transfer
from core.config.optimizers import SGD
from core.config.transfer import Backbone

# Few photos are enough for a head, so a gathered or imported set trains in seconds.
_EPOCHS = 10


def head_on_photos(data: DataConfig) -> RunConfig:
    """The run on these images, in the size and with the normalisation that the network was trained with."""
    from core.models.backbones import PACKAGED, suited  # torch is imported only where it is needed

    return RunConfig(
        data=data.with_pixels_of(suited(PACKAGED)),
        model=Backbone(name=PACKAGED),
        transfer=Transfer(weights="imagenet", trains="head", views=int(data.augmentation.any)),
        optimizer=SGD(lr=0.01, momentum=0.9),
        epochs=_EPOCHS,
        batch_size=4,
    )
