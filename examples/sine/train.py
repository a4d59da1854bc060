"""Trains the sine example and converts it to a fully quantized int8 model.

    python -m sine.train      (in the folder of the examples)

Writes sine.tflite and test_inputs.bin: all of the 256 inputs that there are.
The data are seeded random angles from 0 to 2 pi, and their sines.
"""

import sys

import modeling

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

ANGLES = 4096
EPOCHS = 150
BATCH = 32
RATE = 5e-3

INPUT_SCALE = 2.0 * np.pi / 255.0
INPUT_ZERO_POINT = -128


def real(quantized):
    """The angles, 0 to 2 pi, that the int8 inputs stand for."""
    return ((quantized.astype(np.float64) - INPUT_ZERO_POINT) * INPUT_SCALE).astype(np.float32)


def build(batch):
    """An angle to its sine: two hidden layers of 16 units."""
    angle = keras.Input((1,), batch_size=batch, name="angle")
    x = layers.Dense(16, activation="relu", name="hidden1")(angle)
    x = layers.Dense(16, activation="relu", name="hidden2")(x)
    return keras.Model(angle, layers.Dense(1, name="sine")(x), name="sine")


def train():
    """The network after all epochs."""
    model = build(None)
    loss_function = keras.losses.MeanSquaredError()
    step = modeling.trainer(model, loss_function, RATE, EPOCHS * (ANGLES // BATCH))
    rng = np.random.default_rng(modeling.SEED)
    angles = rng.uniform(0.0, 2.0 * np.pi, (ANGLES, 1)).astype(np.float32)
    for epoch in range(EPOCHS):
        rng.shuffle(angles)
        batches = angles.reshape(-1, BATCH, 1)
        losses = [float(step(batch, np.sin(batch))) for batch in batches]
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.6f}")
    return modeling.fixed(build, model)


def main():
    folder = modeling.start(__file__, __doc__)
    model = train()
    inputs = np.arange(-128, 128).astype(np.int8)[:, np.newaxis]
    sines = np.sin(real(inputs).astype(np.float64))
    errors = np.abs(modeling.predict(model, real(inputs)) - sines)
    print(f"all inputs, float: error {errors.mean():.4f}, at most {errors.max():.4f}")

    content = modeling.convert(model, real(inputs))
    converted = modeling.Converted(content)
    quantizations = ((INPUT_SCALE, INPUT_ZERO_POINT), None)
    converted.expect({"FULLY_CONNECTED"}, ([1, 1], [1, 1]), quantizations)
    scale, zero_point = converted.sink["quantization"]
    answers = (converted.answer(inputs).astype(np.float64) - zero_point) * scale
    errors = np.abs(answers - sines)
    print(f"all inputs, int8: error {errors.mean():.4f}, at most {errors.max():.4f}")
    if errors.mean() > 0.02:
        sys.exit("the mean error is more than 0.02")

    (folder / "sine.tflite").write_bytes(content)
    (folder / "test_inputs.bin").write_bytes(inputs.tobytes())


if __name__ == "__main__":
    main()
