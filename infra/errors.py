"""What can be wrong with the resource files."""


class TemplateError(Exception):
    """The resource files and the application do not fit together; the message names the place."""
