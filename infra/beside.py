"""Act beside a deployment: take the application's own settings from its API function."""

import os

import boto3


def take_settings(stage: str) -> None:
    """Set this process's environment to that of the deployed application, before any of its code reads it."""
    found = boto3.client("cloudformation").describe_stack_resource(
        StackName=f"leadwarden-{stage}", LogicalResourceId="APIHandler"
    )
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=name)
    os.environ.update(configuration["Environment"]["Variables"])
