"""Deploy to AWS with the stock AWS CLI: `python -m infra.deploy --stage STAGE --region REGION [NAME=VALUE …]`.

Packages, uploads, creates or updates the stack `leadwarden-STAGE`, protects it from deletion, verifies that expiry is
on, and registers the fingerprint of the contacts key. NAME=VALUE are parameters of the template; the next deployment
keeps their values.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra import safeguards
from infra.aws_cli import Aws
from infra.errors import DeploymentFailed, PackagingFailed, TemplateError
from infra.package import ROOT, TEMPLATE, package
from infra.reservations import check_reservations
from infra.stack_settings import load_settings

_ENABLED = {"ENABLED", "ENABLING"}


def deploy(stage: str, region: str, parameters: list[str]) -> dict[str, str]:
    """Deploy the code to `stage` in `region` and return the stack's outputs; safe to repeat."""
    aws = Aws(region)
    stack = f"leadwarden-{stage}"
    safeguards.require_alarm_address(aws, stack, parameters)
    out = ROOT / ".build" / stage
    template = json.loads(package(stage, out, region).read_text())
    check_reservations(aws, stack, template, parameters)
    bucket = _package_bucket(aws, region)
    _update_stack(aws, stack, bucket, out, [*_package_parameters(template), *parameters])
    safeguards.protect_stack(aws, stack)
    outputs = _outputs(aws, stack)
    safeguards.remove_replaced_clients(aws, outputs)
    _verify_expiry(aws, template, outputs)
    _register_keys(stage, region)
    safeguards.tell_unconfirmed(aws, outputs)
    return outputs


def _package_bucket(aws: Aws, region: str) -> str:
    """Return the private bucket of this account's packages; create it at the first deployment."""
    account = aws.query("sts", "get-caller-identity")["Account"]
    bucket = f"leadwarden-packages-{account}-{region}"
    if bucket not in {bucket["Name"] for bucket in aws.query("s3api", "list-buckets")["Buckets"]}:
        aws.run("s3", "mb", f"s3://{bucket}")
    safeguards.protect_bucket(aws, bucket)
    return bucket


def _package_parameters(template: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parameters that the package sets; without them the CLI would keep the values of the last deployment."""
    for name in ("Stage", "Version"):
        yield f"{name}={template['Parameters'][name]['Default']}"


def _update_stack(aws: Aws, stack: str, bucket: str, out: Path, parameters: list[str]) -> None:
    packaged = str(out / "packaged.json")
    print(f"uploading to {bucket}")
    aws.run_quietly(
        *("cloudformation", "package", "--template-file", str(out / TEMPLATE), "--s3-bucket", bucket),
        *("--s3-prefix", stack, "--use-json", "--output-template-file", packaged),
    )
    aws.run(
        *("cloudformation", "deploy", "--template-file", packaged, "--stack-name", stack),
        *("--s3-bucket", bucket, "--s3-prefix", stack, "--no-fail-on-empty-changeset"),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--parameter-overrides", *parameters),
    )


def _outputs(aws: Aws, stack: str) -> dict[str, str]:
    stacks = aws.query("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


def _verify_expiry(aws: Aws, template: Mapping[str, Any], outputs: Mapping[str, str]) -> None:
    for name, resource in template["Resources"].items():
        wanted = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if wanted and resource["Type"] == "AWS::DynamoDB::Table":
            found = aws.query("dynamodb", "describe-time-to-live", "--table-name", outputs[name])
            description = found["TimeToLiveDescription"]
            right = description.get("AttributeName") == wanted["AttributeName"]
            if not right or description["TimeToLiveStatus"] not in _ENABLED:
                raise DeploymentFailed(f"{outputs[name]} has no expiry of its rows: {description}")


def _register_keys(stage: str, region: str) -> None:
    """Register the contacts key of this deployment with the application's own settings."""
    os.environ["AWS_DEFAULT_REGION"] = region
    load_settings(stage)

    from chalicelib import clock
    from chalicelib.organisation.usecases.register_keys import register_keys

    register_keys(clock.now())


def main() -> int:
    """Run the command line; return 0, or 1 after one line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    parser.add_argument("--stage", required=True, help="a stage of .chalice/config.json")
    parser.add_argument("--region", required=True)
    parser.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of the template")
    options = parser.parse_args()
    try:
        outputs = deploy(options.stage, options.region, options.parameters)
    except (DeploymentFailed, PackagingFailed, TemplateError) as failure:
        print(f"leadwarden: {failure}", file=sys.stderr)
        return 1
    print("\n".join(f"{name}: {value}" for name, value in sorted(outputs.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
