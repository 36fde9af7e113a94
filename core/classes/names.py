"""Nicknames of two friendly words. The app makes them, so nobody can write a bad one, or their own name."""

import random
from collections.abc import Callable, Collection

from core.messages import N_, Message, say

FIRST = (
    N_("Amber"), N_("Brave"), N_("Bright"), N_("Calm"), N_("Clever"), N_("Cosmic"), N_("Crystal"), N_("Curious"),
    N_("Daring"), N_("Gentle"), N_("Golden"), N_("Happy"), N_("Honest"), N_("Jolly"), N_("Kind"), N_("Lively"),
    N_("Lucky"), N_("Merry"), N_("Misty"), N_("Nimble"), N_("Patient"), N_("Polar"), N_("Proud"), N_("Quick"),
    N_("Quiet"), N_("Silver"), N_("Sunny"), N_("Swift"), N_("Tidy"), N_("Velvet"), N_("Wise"), N_("Witty"),
)  # fmt: skip
SECOND = (
    N_("Badger"), N_("Beaver"), N_("Bee"), N_("Cedar"), N_("Comet"), N_("Dolphin"), N_("Eagle"), N_("Falcon"),
    N_("Fern"), N_("Finch"), N_("Fox"), N_("Hare"), N_("Heron"), N_("Koala"), N_("Lark"), N_("Lynx"),
    N_("Maple"), N_("Meadow"), N_("Moon"), N_("Otter"), N_("Owl"), N_("Panda"), N_("Pearl"), N_("Penguin"),
    N_("Robin"), N_("Seal"), N_("Star"), N_("Swan"), N_("Tiger"), N_("Turtle"), N_("Whale"), N_("Wren"),
)  # fmt: skip


def draw(taken: Collection[str], translate: Callable[[Message], str] = str) -> str:
    """A random nickname in the translation's language that isn't taken. One of 1,024; a number follows if all are."""
    pairs = [(first, second) for first in FIRST for second in SECOND]
    random.SystemRandom().shuffle(pairs)
    for first, second in pairs:
        name = translate(say("{first} {second}", first=Message(first), second=Message(second)))
        if name not in taken:
            return name
    return f"{name} {len(taken) + 1}"
