"""The system calls that no notebook needs, refused by the kernel (seccomp, classic BPF).

A second wall behind the namespaces: what would let a process change mounts or namespaces,
look into others, take other cores than those it was given, keep memory that nobody counts, or
reach rarely used and therefore rarely tested parts of the Linux kernel. Refused calls fail with
EPERM.

Numbers: ``include/uapi/asm-generic/unistd.h`` and ``arch/x86/entry/syscalls/syscall_64.tbl``
of the Linux sources.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct

_X86_64 = """
shmget 29 msgget 68 ptrace 101 syslog 103 modify_ldt 154 pivot_root 155 adjtimex 159 chroot 161
acct 163 settimeofday 164 mount 165 umount2 166 swapon 167 swapoff 168 reboot 169
sethostname 170 setdomainname 171 iopl 172 ioperm 173 init_module 175 delete_module 176
quotactl 179 sched_setaffinity 203 lookup_dcookie 212 clock_settime 227 mq_open 240
kexec_load 246 add_key 248 request_key 249 keyctl 250 unshare 272 perf_event_open 298
fanotify_init 300 name_to_handle_at 303 open_by_handle_at 304 clock_adjtime 305 setns 308
process_vm_readv 310 process_vm_writev 311 kcmp 312 finit_module 313 memfd_create 319
kexec_file_load 320 bpf 321 userfaultfd 323
"""
_AARCH64 = """
lookup_dcookie 18 umount2 39 mount 40 pivot_root 41 chroot 51 quotactl 60 acct 89 unshare 97
kexec_load 104 init_module 105 delete_module 106 clock_settime 112 syslog 116 ptrace 117
sched_setaffinity 122 reboot 142 sethostname 161 setdomainname 162 settimeofday 170 adjtimex 171
mq_open 180 msgget 186 shmget 194 add_key 217 request_key 218 keyctl 219 swapon 224 swapoff 225
perf_event_open 241 fanotify_init 262 name_to_handle_at 264 open_by_handle_at 265
clock_adjtime 266 setns 268 process_vm_readv 270 process_vm_writev 271 kcmp 272 finit_module 273
memfd_create 279 bpf 280 userfaultfd 282 kexec_file_load 294
"""
_EVERYWHERE = """
io_uring_setup 425 io_uring_enter 426 io_uring_register 427 open_tree 428 move_mount 429
fsopen 430 fsconfig 431 fsmount 432 fspick 433 pidfd_getfd 438 mount_setattr 442 quotactl_fd 443
memfd_secret 447
"""
_ARCHITECTURES = {
    # machine: (AUDIT_ARCH, refused, clone, socket)
    "x86_64": (0xC000003E, _X86_64 + _EVERYWHERE, 56, 41),
    "aarch64": (0xC00000B7, _AARCH64 + _EVERYWHERE, 220, 198),
}
# What a kernel that computes on a card may call until CUDA has started.
CUDA_STARTS_WITH = frozenset({"memfd_create", "sched_setaffinity"})
_CLONE3 = 435
_NAMESPACE_FLAGS = 0x7E020080  # every CLONE_NEW*
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)

_LOAD, _JUMP_EQ, _JUMP_GE, _JUMP_AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER, _ALL_THREADS = 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def supported() -> bool:
    """Say whether there is a filter for this processor."""
    return platform.machine() in _ARCHITECTURES


def program(allowed: frozenset[str] = frozenset()) -> bytes:
    """The filter for this processor, as an array of ``struct sock_filter``.

    Args:
        allowed: Names of calls that it lets pass nevertheless.
    """
    architecture, refused, clone, socket_ = _ARCHITECTURES[platform.machine()]
    code: list[tuple[int, int, int, int]] = []

    def add(operation: int, value: int, yes: int = 0, no: int = 0) -> None:
        code.append((operation, yes, no, value))

    def refuse(error: int) -> None:
        add(_RETURN, _ERRNO | error)

    add(_LOAD, _ARCHITECTURE)
    add(_JUMP_EQ, architecture, yes=1)
    add(_RETURN, _KILL)
    add(_LOAD, _NUMBER)
    add(_JUMP_GE, 0x40000000, no=1)
    refuse(errno.EPERM)
    words = refused.split()
    for name, number in zip(words[::2], words[1::2], strict=True):
        if name not in allowed:
            add(_JUMP_EQ, int(number), no=1)
            refuse(errno.EPERM)
    # glibc then uses clone, whose flags can be looked at.
    add(_JUMP_EQ, _CLONE3, no=1)
    refuse(errno.ENOSYS)
    add(_JUMP_EQ, clone, no=4)
    add(_LOAD, _FIRST_ARGUMENT)
    add(_JUMP_AND, _NAMESPACE_FLAGS, no=1)
    refuse(errno.EPERM)
    add(_RETURN, _ALLOW)
    add(_JUMP_EQ, socket_, no=3 + len(_FAMILIES))
    add(_LOAD, _FIRST_ARGUMENT)
    for left, family in enumerate(reversed(_FAMILIES)):
        add(_JUMP_EQ, family, yes=len(_FAMILIES) - left)
    refuse(errno.EAFNOSUPPORT)
    add(_RETURN, _ALLOW)
    add(_RETURN, _ALLOW)
    return b"".join(struct.pack("HBBI", *line) for line in code)


def install(allowed: frozenset[str] = frozenset()) -> None:
    """Put the filter on this process and all its threads, for good. Needs no_new_privs.

    A second one is added to the first: what either refuses is refused.

    Args:
        allowed: Names of calls that it lets pass nevertheless.

    Raises:
        OSError: The Linux kernel did not take it.
    """
    text = program(allowed)
    filter_ = _Program(len(text) // 8, text)
    libc = ctypes.CDLL(None, use_errno=True)
    number = _SECCOMP[platform.machine()]
    # Where it cannot be put on all threads, the number of one of them comes back.
    if libc.syscall(number, _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(filter_)):
        raise OSError(ctypes.get_errno(), "seccomp")
