"""What turns the code into a deployment: resources, the package tool, the deploy tools, the local stack."""
