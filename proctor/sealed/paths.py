"""Where things lie inside the sandbox. The trusted side makes these places."""

BOXES = "/run/proctor"
KERNEL = "/run/kernel"
STORE = "/run/store"
HOME = "/home/student"
DATA = "/data"

# In a kernel's own folder.
AGENT_SOCKET = "judge"
CONNECTION_FILE = "connection.json"
IPC = "kernel"

# Nobody else's on the machine: used where a real root has to become someone harmless.
SEALED_UID = 1_610_612_736
