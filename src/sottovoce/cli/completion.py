"""Print a completion script for a shell: ``completion bash|zsh|tcsh``."""

import argparse


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``completion``."""
    completion = commands.add_parser(
        "completion",
        help="print a shell's completion script",
        description="Print a completion script.",
        epilog='bash: eval "$(sottovoce completion bash)"',
    )
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    completion.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    import shtab  # Only here, so that no other command loads it.

    from sottovoce.cli.main import parser

    print(shtab.complete(parser(), args.shell))
    return 0
