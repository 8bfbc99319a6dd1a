"""Note which contacts key a deployment has (data-model.md, Contacts): `python -m infra.keys --stage STAGE`."""

import argparse

from infra.stack_settings import load_settings


def main() -> None:
    """Register the fingerprint of the key; safe to repeat."""
    parser = argparse.ArgumentParser(prog="python -m infra.keys", description=__doc__)
    parser.add_argument("--stage", required=True)
    load_settings(parser.parse_args().stage)

    from chalicelib import clock
    from chalicelib.organisation.usecases.register_keys import register_keys

    register_keys(clock.now())


if __name__ == "__main__":
    main()
