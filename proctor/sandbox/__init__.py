"""The trusted side's handle on sealed kernels: starts the zygote, asks it for sandboxes."""
