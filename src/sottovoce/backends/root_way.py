"""How the root key of a vault is had: by a passphrase, or of a holder that is asked for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sottovoce.backends.root_file import Argon2Cost, held_in, make_held, make_root, read_root
from sottovoce.backends.root_held import LEASE_S, Held, Hold, LeasedRoot
from sottovoce.values.errors import Refused
from sottovoce.vault.keys import Root


def no_holder(held: Held, make: bool) -> Root:
    """Say that nobody was given who could be asked."""
    raise Refused(f"the root key is held by {held.provider}, and no holder was given")


class Uses:
    """Tell the ledger each time that a holder is asked; before there is one, count."""

    def __init__(self) -> None:
        self._count = 0
        self._note: Callable[[int], object] | None = None

    def __call__(self) -> None:
        if self._note is None:
            self._count += 1
        else:
            self._note(1)

    def tell(self, note: Callable[[int], object]) -> None:
        if self._count:
            note(self._count)
        self._note = note


@dataclass(frozen=True, slots=True)
class RootWay:
    """How the root key is had: by a passphrase, or of a holder; ``held`` is who a new vault has.

    Where a vault is there already and ``held`` names another holder than its own, it is refused.
    """

    passphrase: bytes | None = field(default=None, repr=False)
    hold: Hold = no_holder
    held: Held | None = None
    lease_s: float = LEASE_S
    cost: Argon2Cost = field(default_factory=Argon2Cost)
    uses: Uses = field(default_factory=Uses)

    def read(self, path: Path, *, make: bool = False) -> Root:
        """Open the root key that a file has or names."""
        held = held_in(path)
        if held is None:
            return read_root(path, passphrase=self.passphrase)
        root = self.hold(held, make)
        # A credential is in our memory anyway: to ask for it again would prove nothing.
        is_outside = held.provider != "credential"
        return LeasedRoot(root, used=self.uses, lease_s=self.lease_s) if is_outside else root

    def make(self, path: Path) -> None:
        """Write a root key's file where there is none."""
        if self.held is None:
            make_root(path, passphrase=self.passphrase, cost=self.cost)
        else:
            make_held(path, self.held)
