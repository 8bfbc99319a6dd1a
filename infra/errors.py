"""What can be wrong with the resource files, with a package, and with a deployment."""


class TemplateError(Exception):
    """The resource files and the application do not fit together; the message names the place."""


class PackagingFailed(Exception):
    """The application could not be packaged; the message says what failed, or is the output of a tool."""


class DeploymentFailed(Exception):
    """A step failed; the message is one line for the operator. The AWS CLI has printed its own before."""
