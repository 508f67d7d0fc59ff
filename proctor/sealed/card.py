"""Lets a kernel compute on a graphics card, before any student code runs."""

from __future__ import annotations

import os


class CardError(RuntimeError):
    """The kernel cannot compute on the card; the message says why."""


def use(uuid: str, memory_mb: int) -> None:
    """Let TensorFlow compute on one card, and prove that it does.

    CUDA starts here, in the kernel's own process: it does not survive a fork. What it costs is
    spent before the student's time and memory are counted.

    Args:
        uuid: CUDA's name for the card.
        memory_mb: How much of its memory TensorFlow may take, in 10^6 bytes.

    Raises:
        CardError: It does not compute there.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = uuid
    # What tf.config has for that cannot be had together with a bound.
    os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    if len(devices) != 1:
        raise CardError(
            f"TensorFlow sees {len(devices)} graphics cards where it is shown one. "
            "Are CUDA's libraries installed (`make cuda`), and is the driver new enough for them?"
        )
    bound = tf.config.LogicalDeviceConfiguration(memory_limit=memory_mb * 10**6 // 2**20)
    tf.config.set_logical_device_configuration(devices[0], [bound])
    try:
        with tf.device("GPU:0"):
            product = tf.linalg.matmul(tf.ones((2, 2)), tf.ones((2, 2)))
        wrong = not product.device.endswith("GPU:0") or (product.numpy() != 2).any()
    except tf.errors.OpError as error:
        raise CardError(f"TensorFlow cannot compute on the card: {error.message}") from error
    if wrong:
        raise CardError("TensorFlow does not compute on the card, or not rightly")
