#!/usr/bin/env python3
"""Trains the digits example and converts it to a fully quantized int8 model.

    python3 -m venv /tmp/digits && /tmp/digits/bin/pip install -r requirements.txt
    /tmp/digits/bin/python train.py       # digits.tflite, test_images.bin, test_labels.bin
    /tmp/digits/bin/python golden.py      # expected.bin

The data are scikit-learn's copy of the UCI digits: 1797 handwritten digits of
8 x 8 pixels, each pixel 0 (paper) to 16 (ink). A fifth of them, chosen with an
equal share of every digit, is held out: neither the training nor the
calibration of the quantization sees it.

Everything is seeded and TensorFlow runs with deterministic operators on one
thread, so the same versions on the same kind of processor write the same
bytes.
"""

import os

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import argparse
import pathlib
import sys

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

SEED = 20260101
HELD_OUT = 360
EPOCHS = 80
BATCH = 32

# The input's real value is pixel / 16. With a scale of 1/256 and a zero point
# of -128 a pixel becomes its int8 value by one shift and one subtraction.
INPUT_SCALE = 1.0 / 256.0
INPUT_ZERO_POINT = -128

ALLOWED_OPERATORS = {
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "ADD",
    "MAX_POOL_2D",
    "AVERAGE_POOL_2D",
    "RESHAPE",
    "FULLY_CONNECTED",
    "SOFTMAX",
}


def quantize(pixels):
    """Pixels 0..=16 as the int8 values that the model takes: min(16 p, 255) - 128."""
    return (np.minimum(pixels.astype(np.int32) * 16, 255) + INPUT_ZERO_POINT).astype(np.int8)


def real(quantized):
    """The real values, 0 to 255/256, that the int8 inputs stand for."""
    return (quantized.astype(np.float32) - INPUT_ZERO_POINT) * np.float32(INPUT_SCALE)


def load():
    """(training images, training labels, held-out images, held-out labels), images int8."""
    digits = load_digits()
    images = quantize(digits.images)[..., np.newaxis]
    labels = digits.target.astype(np.uint8)
    train, test, train_labels, test_labels = train_test_split(
        images, labels, test_size=HELD_OUT, random_state=SEED, stratify=labels
    )
    return train, train_labels, test, test_labels


def build(batch):
    """8 x 8 x 1 to ten probabilities: a stem, a residual block, a narrowing block, a classifier."""
    image = keras.Input((8, 8, 1), batch_size=batch, name="image")
    stem = layers.Conv2D(16, 3, padding="same", activation="relu", name="stem")(image)

    x = layers.DepthwiseConv2D(3, padding="same", activation="relu", name="block1_depthwise")(stem)
    x = layers.Conv2D(16, 1, name="block1_pointwise")(x)
    x = layers.Add(name="block1_add")([stem, x])
    x = layers.ReLU(name="block1_relu")(x)
    x = layers.MaxPooling2D(2, name="block1_pool")(x)

    x = layers.DepthwiseConv2D(3, padding="same", activation="relu", name="block2_depthwise")(x)
    x = layers.Conv2D(32, 1, activation="relu", name="block2_pointwise")(x)
    x = layers.AveragePooling2D(2, name="block2_pool")(x)

    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.25, seed=SEED, name="dropout")(x)
    x = layers.Dense(10, name="classifier")(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(x), name="digits")


def shifted(images, rng):
    """Each image moved by -1, 0 or 1 pixel in both directions; paper comes in at the edges."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    moves = rng.choice(3, size=(len(images), 2), p=[0.2, 0.6, 0.2])
    return np.stack([p[y : y + 8, x : x + 8] for p, (y, x) in zip(padded, moves)])


def train(images, labels):
    """Adam on the cross entropy, with a cosine from 4e-3 down to 0."""
    free = build(None)
    steps = EPOCHS * (len(images) // BATCH)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(4e-3, steps))
    loss_function = keras.losses.SparseCategoricalCrossentropy()

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_function(y, free(x, training=True))
        gradients = tape.gradient(loss, free.trainable_variables)
        optimizer.apply_gradients(zip(gradients, free.trainable_variables))
        return loss

    rng = np.random.default_rng(SEED)
    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))
        x, y = shifted(images[order], rng), labels[order]
        losses = [
            float(step(x[i : i + BATCH], y[i : i + BATCH]))
            for i in range(0, len(images) - BATCH + 1, BATCH)
        ]
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")
    # Converted with a batch of one, so that the graph needs no shape arithmetic.
    fixed = build(1)
    fixed.set_weights(free.get_weights())
    return fixed


def convert(model, images):
    """Full int8 post-training quantization, calibrated on the training images."""

    def calibration():
        for image in images:
            yield [image[np.newaxis]]

    function = tf.function(lambda image: model(image, training=False))
    concrete = function.get_concrete_function(tf.TensorSpec((1, 8, 8, 1), tf.float32, name="image"))
    frozen = convert_variables_to_constants_v2(concrete)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibration
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return converter.convert()


def check(model, images, labels):
    """Fails unless the model is what the example promises; returns its accuracy on the images."""
    interpreter = tf.lite.Interpreter(
        model_content=model,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    operators = [op["op_name"] for op in interpreter._get_ops_details()]
    print("operators:", " ".join(operators))
    unwanted = set(operators) - ALLOWED_OPERATORS
    if unwanted:
        sys.exit(f"unwanted operators in the graph: {sorted(unwanted)}")

    (source,), (sink,) = interpreter.get_input_details(), interpreter.get_output_details()
    for tensor, shape, quantization in (
        (source, [1, 8, 8, 1], (INPUT_SCALE, INPUT_ZERO_POINT)),
        (sink, [1, 10], (1.0 / 256.0, -128)),
    ):
        print(f"{tensor['name']}: {tensor['dtype'].__name__} {tensor['shape']} {tensor['quantization']}")
        if tensor["dtype"] is not np.int8 or tensor["shape"].tolist() != shape:
            sys.exit("unexpected type or shape")
        if tensor["quantization"] != quantization:
            sys.exit(f"expected the quantization {quantization}")

    right = 0
    for image, label in zip(images, labels):
        interpreter.set_tensor(source["index"], image[np.newaxis])
        interpreter.invoke()
        right += int(interpreter.get_tensor(sink["index"])[0].argmax() == label)
    return right / len(images)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--out", type=pathlib.Path, default=here, help="folder to write to")
    folder = parser.parse_args().out

    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    images, labels, test_images, test_labels = load()
    model = train(real(images), labels)
    predictions = np.concatenate([model(real(i)[np.newaxis]) for i in test_images]).argmax(1)
    print(f"held out, float: {(predictions == test_labels).mean():.4f}")

    converted = convert(model, real(images))
    accuracy = check(converted, test_images, test_labels)
    print(f"held out, int8: {accuracy:.4f}; {len(converted)} bytes")
    if accuracy < 0.97:
        sys.exit("less than 97 % on the held-out images")

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "digits.tflite").write_bytes(converted)
    (folder / "test_images.bin").write_bytes(test_images.tobytes())
    (folder / "test_labels.bin").write_bytes(test_labels.tobytes())


if __name__ == "__main__":
    main()
