"""What the scripts that train the example models share: seeds, training step, conversion, checks.

Imported before TensorFlow, which reads its environment when it is imported.

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
from tensorflow import keras
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

SEED = 20260101


def start(script, doc):
    """Seeds and pins everything; returns the folder to write to, by default the script's own."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    here = pathlib.Path(script).resolve().parent
    parser.add_argument("--out", type=pathlib.Path, default=here, help="folder to write to")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)

    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return folder


def trainer(model, loss_function, rate, steps):
    """A function of a batch's inputs and targets: one step of Adam, its rate a cosine down to 0."""
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps))

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_function(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    return step


def fixed(build, trained):
    """The network that build(batch) makes, with a batch of one and the trained one's weights.

    The graph of a free batch would need shape arithmetic.
    """
    model = build(1)
    model.set_weights(trained.get_weights())
    return model


def convert(model, calibration):
    """Full int8 post-training quantization of a model with a fixed batch of one.

    The calibration's arrays are the model's inputs, without the batch's dimension.
    """

    def batches():
        for values in calibration:
            yield [values[np.newaxis]]

    (source,) = model.inputs
    function = tf.function(lambda values: model(values, training=False))
    spec = tf.TensorSpec(source.shape, tf.float32, name=source.name)
    frozen = convert_variables_to_constants_v2(function.get_concrete_function(spec))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = batches
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return converter.convert()


class Converted:
    """A converted model in TensorFlow Lite's interpreter, with the reference kernels."""

    def __init__(self, model):
        self.interpreter = tf.lite.Interpreter(
            model_content=model,
            experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF,
        )
        self.interpreter.allocate_tensors()
        (self.source,) = self.interpreter.get_input_details()
        (self.sink,) = self.interpreter.get_output_details()
        print(f"{len(model)} bytes")

    def expect(self, operators, shapes, quantizations):
        """Exits unless the operators are these and no others, and the ends int8 and like this.

        shapes: of the input and the output. quantizations: their (scale, zero point); None for
        whatever calibration found.
        """
        names = [op["op_name"] for op in self.interpreter._get_ops_details()]
        print(f"{len(names)} operators:", " ".join(names))
        if set(names) != set(operators):
            sys.exit(f"expected the operators {sorted(operators)}")
        for tensor, shape, expected in zip((self.source, self.sink), shapes, quantizations):
            found = tensor["quantization"]
            print(f"{tensor['name']}: {tensor['dtype'].__name__} {tensor['shape']} {found}")
            if tensor["dtype"] is not np.int8 or tensor["shape"].tolist() != shape:
                sys.exit("unexpected type or shape")
            if expected is not None and not np.allclose(found, expected, rtol=1e-6, atol=0):
                sys.exit(f"expected the quantization {expected}")

    def answer(self, values):
        """The int8 outputs for int8 inputs, neither with the batch's dimension."""
        outputs = []
        for value in values:
            self.interpreter.set_tensor(self.source["index"], value[np.newaxis])
            self.interpreter.invoke()
            outputs.append(self.interpreter.get_tensor(self.sink["index"])[0])
        return np.stack(outputs)


def predict(model, values):
    """The outputs of a model with a fixed batch of one, neither with the batch's dimension."""
    return np.concatenate([model(value[np.newaxis]) for value in values])
