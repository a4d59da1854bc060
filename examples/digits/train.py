"""Trains the digits example and converts it to a fully quantized int8 model.

    python -m digits.train      (in the folder of the examples)

Writes digits.tflite, test_images.bin and test_labels.bin.

The data are scikit-learn's copy of the UCI digits: 1797 handwritten digits of
8 x 8 pixels, each pixel 0 (paper) to 16 (ink). A fifth of them, chosen with an
equal share of every digit, is held out: neither the training nor the
calibration of the quantization sees it.
"""

import sys

import modeling

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import layers

HELD_OUT = 360
EPOCHS = 80
BATCH = 32
RATE = 4e-3

# The input's real value is pixel / 16. With a scale of 1/256 and a zero point
# of -128 a pixel becomes its int8 value by one shift and one subtraction.
INPUT_SCALE = 1.0 / 256.0
INPUT_ZERO_POINT = -128

OPERATORS = {
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
        images, labels, test_size=HELD_OUT, random_state=modeling.SEED, stratify=labels
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
    x = layers.Dropout(0.25, seed=modeling.SEED, name="dropout")(x)
    x = layers.Dense(10, name="classifier")(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(x), name="digits")


def shifted(images, rng):
    """Each image moved by -1, 0 or 1 pixel in both directions; paper comes in at the edges."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    moves = rng.choice(3, size=(len(images), 2), p=[0.2, 0.6, 0.2])
    return np.stack([p[y : y + 8, x : x + 8] for p, (y, x) in zip(padded, moves)])


def train(images, labels):
    """The network after all epochs, each with other shifts."""
    model = build(None)
    loss_function = keras.losses.SparseCategoricalCrossentropy()
    step = modeling.trainer(model, loss_function, RATE, EPOCHS * (len(images) // BATCH))
    rng = np.random.default_rng(modeling.SEED)
    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))
        x, y = shifted(images[order], rng), labels[order]
        losses = [
            float(step(x[i : i + BATCH], y[i : i + BATCH]))
            for i in range(0, len(images) - BATCH + 1, BATCH)
        ]
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")
    return modeling.fixed(build, model)


def main():
    folder = modeling.start(__file__, __doc__)
    images, labels, test_images, test_labels = load()
    model = train(real(images), labels)
    predictions = modeling.predict(model, real(test_images)).argmax(1)
    print(f"held out, float: {(predictions == test_labels).mean():.4f}")

    content = modeling.convert(model, real(images))
    converted = modeling.Converted(content)
    quantization = (INPUT_SCALE, INPUT_ZERO_POINT)
    converted.expect(OPERATORS, ([1, 8, 8, 1], [1, 10]), (quantization, (1.0 / 256.0, -128)))
    accuracy = (converted.answer(test_images).argmax(1) == test_labels).mean()
    print(f"held out, int8: {accuracy:.4f}")
    if accuracy < 0.97:
        sys.exit("less than 97 % on the held-out images")

    (folder / "digits.tflite").write_bytes(content)
    (folder / "test_images.bin").write_bytes(test_images.tobytes())
    (folder / "test_labels.bin").write_bytes(test_labels.tobytes())


if __name__ == "__main__":
    main()
