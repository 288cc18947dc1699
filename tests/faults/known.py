# SPDX-License-Identifier: Apache-2.0
"""Results that are right though a fact differs without a warning, each with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """call: its name; object: a part of its object; function: one of its callers; error: its name."""

    reason: str
    call: str
    error: str
    object: str = ""
    function: str = ""

    def explains(self, call, name, error, functions):
        return (name == self.call and error == self.error and self.object in call.object
                and (not self.function or self.function in functions))


KNOWN = [
    Known("a path that is not there needs no mask (runtime spec, maskedPaths)", "openat2", "ENOENT",
          function="masks_cover"),
    Known("the same, where the compiler has put the function into its caller", "openat2", "ENOENT",
          object="/rootfs /proc/"),
    Known("an image without users gives no home directory", "openat2", "ENOENT", object="etc/passwd"),
    Known("what /dev of the image or a mount already has stays as it is, as with crun", "symlinkat", "EEXIST",
          object="/rootfs/dev "),
]
