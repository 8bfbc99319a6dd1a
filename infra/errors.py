"""What can be wrong with the resource files and with a package."""


class TemplateError(Exception):
    """The resource files and the application do not fit together; the message names the place."""


class PackagingFailed(Exception):
    """The application could not be packaged; the message says what failed, or is the output of a tool."""
