"""What a visitor can make the server do is bounded, and the page says by what."""

import pytest

from core.data.own import quota, squares, stored
from core.runs.run import owner_of
from tests.core.data.sets import imported, pets
from tests.pages.opened import open_app, written


def own() -> str:
    name = imported(pets(24, 20)).name
    stored.claim(name, owner_of("me"))
    return name


def test_a_link_alone_prepares_no_larger_size() -> None:
    name = own()
    before = quota.used(owner_of("me"))
    app = open_app("pages/1_Data.py", data__dataset=name, data__image_size="200", data__validation_fraction="0.2")
    assert "aren't prepared at 200 pixels yet. That takes 5 MB" in written(app)
    assert quota.used(owner_of("me")) == before
    app.button(key="get").click().run()
    assert squares.ready(name, 200)
    assert "aren't prepared" not in written(app)


def test_a_size_beyond_the_share_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    name = own()
    monkeypatch.setenv("OWN_MB_PER_VISITOR", "1")
    app = open_app("pages/1_Data.py", data__dataset=name, data__image_size="200", data__validation_fraction="0.2")
    app.button(key="get").click().run()
    assert "The images of one visitor may take 1 MB on this server" in app.error[0].value
    assert not squares.ready(name, 200)


def test_the_page_says_how_much_images_may_take() -> None:
    own()
    app = open_app("pages/1_Data.py", tab="Bring your own")
    assert "Your images may take 4,000 MB on this server" in written(app)
