"""`python -m infra.local up|down|logs|reset`."""

import argparse
import sys

from infra.local import commands, stack
from infra.local.stack_config import LocalStackError, of_this_checkout


def main() -> int:
    """Run one command; return 0, or 1 after one line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "logs", "reset"))
    command = parser.parse_args().command
    try:
        config = of_this_checkout()
        if command == "up":
            print(stack.greeting(commands.up(config)))
        else:
            {"down": commands.down, "logs": commands.logs, "reset": commands.reset}[command](config)
    except LocalStackError as error:
        print(f"leadwarden: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
