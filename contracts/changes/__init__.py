"""Breaking changes of outside versions, one dated file each; none yet."""
