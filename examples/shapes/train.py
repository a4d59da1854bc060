"""Trains the shapes example and converts it to a fully quantized int8 model.

    python -m shapes.train      (in the folder of the examples)

Writes shapes.tflite, test_inputs.bin and test_labels.bin.

The network is MobileNet v1 with an alpha of 0.25, for pictures of 96 x 96
pixels: the size and the operators of TensorFlow Lite Micro's person_detect.
The pictures are drawn by pictures.py. Training never sees one twice; those for
calibration and the held-out ones come from generators of their own.
"""

import sys

import modeling

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

from .pictures import NAMES, SIDE, balanced, draw

STEPS = 1200
BATCH = 32
RATE = 3e-3
# The pictures are easy until the first of these steps, and of all kinds from the second on. With
# all kinds from the start, a network so deep learns nothing.
HARDER = (100, 500)
CALIBRATION = 200
HELD_OUT = 1000
# So many of the held-out pictures are kept as files.
KEPT = 4

# The input's real value is pixel / 256: the int8 value is the pixel less 128.
INPUT_SCALE = 1.0 / 256.0
INPUT_ZERO_POINT = -128

OPERATORS = {"CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "RESHAPE", "SOFTMAX"}

# Stride of the depthwise convolution, and channels of the pointwise one after it.
BLOCKS = [(1, 16), (2, 32), (1, 32), (2, 64), (1, 64), (2, 128)]
BLOCKS += [(1, 128)] * 5 + [(2, 256), (1, 256)]


def quantize(pixels):
    """Pixels 0..=255 as the int8 values that the model takes."""
    return (pixels.astype(np.int16) + INPUT_ZERO_POINT).astype(np.int8)


def real(pixels):
    """The real values, 0 to 255/256, that the pixels stand for."""
    return pixels.astype(np.float32) * np.float32(INPUT_SCALE)


def build(batch):
    """96 x 96 x 1 to two probabilities: a stem, 13 separable convolutions, a classifier."""

    def activated(x, name):
        x = layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)
        return layers.ReLU(6.0, name=f"{name}_relu")(x)

    def depthwise(x, stride, multiplier, name):
        layer = layers.DepthwiseConv2D(
            3, stride, "same", depth_multiplier=multiplier, use_bias=False, name=name
        )
        return activated(layer(x), name)

    image = keras.Input((SIDE, SIDE, 1), batch_size=batch, name="image")
    # With one channel of input, a convolution is a depthwise one with a multiplier.
    x = depthwise(image, 2, 8, "stem")
    for i, (stride, channels) in enumerate(BLOCKS, 1):
        x = depthwise(x, stride, 1, f"depthwise{i}")
        name = f"pointwise{i}"
        x = activated(layers.Conv2D(channels, 1, use_bias=False, name=name)(x), name)
    x = layers.AveragePooling2D(3, name="pool")(x)
    x = layers.Conv2D(len(NAMES), 1, name="classifier")(x)
    x = layers.Reshape((len(NAMES),), name="scores")(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(x), name="shapes")


def train(rng):
    """The network after all steps, each with new pictures."""
    model = build(None)
    loss_function = keras.losses.SparseCategoricalCrossentropy()
    step = modeling.trainer(model, loss_function, RATE, STEPS)
    labels, losses = balanced(BATCH), []
    for i in range(1, STEPS + 1):
        difficulty = float(np.clip((i - HARDER[0]) / (HARDER[1] - HARDER[0]), 0.0, 1.0))
        losses.append(float(step(real(draw(rng, labels, difficulty)), labels)))
        if i % 100 == 0:
            print(f"step {i}: loss {np.mean(losses[-100:]):.4f}", flush=True)
    return modeling.fixed(build, model)


def main():
    folder = modeling.start(__file__, __doc__)
    training, calibration, held_out = np.random.default_rng(modeling.SEED).spawn(3)
    model = train(training)

    labels = balanced(HELD_OUT)
    images = draw(held_out, labels)
    predictions = modeling.predict(model, real(images)).argmax(1)
    print(f"held out, float: {(predictions == labels).mean():.4f}")

    content = modeling.convert(model, real(draw(calibration, balanced(CALIBRATION))))
    converted = modeling.Converted(content)
    shapes = ([1, SIDE, SIDE, 1], [1, len(NAMES)])
    converted.expect(OPERATORS, shapes, ((INPUT_SCALE, INPUT_ZERO_POINT), (1.0 / 256.0, -128)))
    accuracy = (converted.answer(quantize(images)).argmax(1) == labels).mean()
    print(f"held out, int8: {accuracy:.4f}")
    if accuracy < 0.95:
        sys.exit("less than 95 % on the held-out pictures")

    (folder / "shapes.tflite").write_bytes(content)
    (folder / "test_inputs.bin").write_bytes(quantize(images[:KEPT]).tobytes())
    (folder / "test_labels.bin").write_bytes(labels[:KEPT].tobytes())


if __name__ == "__main__":
    main()
