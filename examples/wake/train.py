"""Trains the wake example and converts it to a fully quantized int8 model that keeps state.

    python -m wake.train        (in the folder of the examples; needs cargo)

Writes wake.tflite and test_inputs.bin.

The example's own program `scenes` makes the data: features of words, of other
sounds and of noise, as the front end of the device computes them, with a label
for each frame. Training sees scenes as a whole. The model that is written sees
a frame at a time: before each convolution over time a variable keeps the
frames that the convolution still needs.
"""

import subprocess
import sys
import tempfile

import modeling

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

SCENES = 4000
TEST_SCENES = 500
FRAMES = 200
FEATURES = 40
EPOCHS = 12
BATCH = 16
RATE = 4e-3
EITHER = 255  # a label: whatever the model says is right
CLASSES = 4
CALIBRATION_FRAMES = 4000
TEST_INT8 = 20  # scenes for the quantized network, frame by frame

# A feature from -128 to 127 stands for 0 to 255/256.
SCALE = 1.0 / 256.0
ZERO_POINT = -128

OPERATORS = {
    "CALL_ONCE",
    "VAR_HANDLE",
    "READ_VARIABLE",
    "ASSIGN_VARIABLE",
    "CONCATENATION",
    "STRIDED_SLICE",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "RESHAPE",
    "SOFTMAX",
}


def scenes(seed, count):
    """(features, labels) of scenes: [count, FRAMES, 1, FEATURES] int8, [count, FRAMES]."""
    command = ["cargo", "run", "--quiet", "--release", "-p", "wake", "--bin", "scenes"]
    command += ["--", str(seed), str(count)]
    run = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    frames = np.frombuffer(run.stdout, np.int8).reshape(count, FRAMES, 1, FEATURES + 1)
    return frames[..., :FEATURES], frames[:, :, 0, FEATURES].astype(np.uint8)


def real(features):
    """The real values, 0 to 255/256, that the int8 features stand for."""
    return (features.astype(np.float32) - ZERO_POINT) * np.float32(SCALE)


def stack():
    """The layers, each with the frames that it sees."""
    relu = {"activation": "relu"}
    return [
        (layers.Conv2D(32, (3, 1), name="sounds", **relu), 3),
        (layers.DepthwiseConv2D((9, 1), name="glides_depthwise"), 9),
        (layers.Conv2D(32, 1, name="glides_pointwise", **relu), 1),
        (layers.DepthwiseConv2D((20, 1), name="words_depthwise"), 20),
        (layers.Conv2D(32, 1, name="words_pointwise", **relu), 1),
        (layers.Conv2D(CLASSES, 1, name="classifier"), 1),
    ]


def network(x, weighted, before):
    """Features to scores; before(x, frames) is x behind the frames that came before it."""
    for layer, frames in weighted:
        x = layer(before(x, frames - 1) if frames > 1 else x)
    return x


def whole(weighted):
    """The network for training: it sees all frames of a scene, and zeros before them."""
    source = keras.Input((FRAMES, 1, FEATURES))
    pad = lambda x, frames: layers.ZeroPadding2D(((frames, 0), (0, 0)))(x)
    scores = layers.Reshape((FRAMES, CLASSES))(network(source, weighted, pad))
    return keras.Model(source, scores)


def frozen(layer):
    """The layer with its weights as constants: the converter would take variables for state."""
    weights = layer.get_weights()
    return lambda x: layer.stateless_call([tf.constant(w) for w in weights], [], x)[0]


class Streaming(tf.Module):
    """The network for the device: it sees one frame, and its variables keep those before."""

    def __init__(self, weighted):
        super().__init__()
        self.weighted = [(frozen(layer), frames) for layer, frames in weighted]
        self.rings = []
        channels = FEATURES
        for layer, frames in weighted:
            if frames > 1:
                zeros = tf.zeros((1, frames - 1, 1, channels))
                self.rings.append(tf.Variable(zeros, name=f"before_{layer.name}"))
            channels = getattr(layer, "filters", None) or channels

    @tf.function(input_signature=[tf.TensorSpec((1, 1, 1, FEATURES), tf.float32, name="features")])
    def frame(self, features):
        rings = iter(self.rings)

        def behind(x, _):
            ring = next(rings)
            window = tf.concat([ring.read_value(), x], 1)
            ring.assign(window[:, 1:])
            return window

        scores = network(features, self.weighted, behind)
        return tf.nn.softmax(tf.reshape(scores, (1, CLASSES)))

    def convert(self, calibration):
        """Full int8 post-training quantization, state included. calibration: frames in order."""

        def frames():
            for frame in calibration:
                yield [frame[np.newaxis]]

        with tempfile.TemporaryDirectory() as folder:
            tf.saved_model.save(self, folder, signatures=self.frame)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter._experimental_variable_quantization = True  # else variables stay floats
            converter.representative_dataset = frames
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = tf.int8
            converter.inference_output_type = tf.int8
            return converter.convert()


def loss_function(labels, scores):
    counted = tf.cast(labels != EITHER, tf.float32)
    labels = tf.where(labels == EITHER, 0, labels)
    losses = keras.losses.sparse_categorical_crossentropy(labels, scores, from_logits=True)
    return tf.reduce_sum(losses * counted) / tf.reduce_sum(counted)


def train(features, labels):
    """The layers after all epochs."""
    weighted = stack()
    model = whole(weighted)
    step = modeling.trainer(model, loss_function, RATE, EPOCHS * (len(features) // BATCH))
    rng = np.random.default_rng(modeling.SEED)
    labels = labels.astype(np.int32)
    for epoch in range(EPOCHS):
        batches = rng.permutation(len(features)).reshape(-1, BATCH)
        losses = [float(step(real(features[batch]), labels[batch])) for batch in batches]
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
    return model, weighted


def accuracy(answers, labels):
    """The share of the frames that are answered rightly, as all are where either is right."""
    return ((answers == labels) | (labels == EITHER)).sum() / labels.size


def main():
    folder = modeling.start(__file__, __doc__)
    features, labels = scenes(1, SCENES)
    test_features, test_labels = scenes(2, TEST_SCENES)
    model, weighted = train(features, labels)
    answers = model(real(test_features)).numpy().argmax(-1)
    print(f"frames of held-out scenes, float: {accuracy(answers, test_labels):.4f}")

    frames = features.reshape(-1, 1, 1, FEATURES)
    # One frame with every value that there is, so that the input's scale is that of the device.
    ends = np.resize(np.int8([-128, 127]), (1, 1, 1, FEATURES))
    calibration = np.concatenate([frames[:CALIBRATION_FRAMES], ends])
    content = Streaming(weighted).convert(real(calibration))
    converted = modeling.Converted(content)
    converted.expect(
        OPERATORS,
        ([1, 1, 1, FEATURES], [1, CLASSES]),
        ((SCALE, ZERO_POINT), (SCALE, ZERO_POINT)),
    )
    test_features, test_labels = test_features[:TEST_INT8], test_labels[:TEST_INT8]
    answers = converted.answer(test_features.reshape(-1, 1, 1, FEATURES)).argmax(-1)
    right = accuracy(answers, test_labels.reshape(-1))
    print(f"frames of {TEST_INT8} held-out scenes, int8, state goes on: {right:.4f}")
    if right < 0.97:
        sys.exit("less than 97 % on the held-out scenes")

    (folder / "wake.tflite").write_bytes(content)
    # The scene in which the most is said.
    said = (test_labels % EITHER > 0).sum(1).argmax()
    (folder / "test_inputs.bin").write_bytes(test_features[said].tobytes())


if __name__ == "__main__":
    main()
