"""Writes what real Keras computes, for KerasGoldenTest to hold the DL4J graphs against.

Run by hand, whenever a network changes, from the repository's root:

    python3 -m venv /tmp/keras && /tmp/keras/bin/pip install tensorflow-cpu==2.21.0
    /tmp/keras/bin/python models/src/test/python/keras_goldens.py

It rewrites models/src/test/resources/goldens/*.json in about two minutes; names of networks as arguments rewrite only
theirs. The networks are built here a second time,
independently, channels last and with Keras' own layers; nothing is read from the Java side. Weights, images and
labels come from an integer hash that both sides compute, so the files hold results only: parameter counts, logits,
losses, and for each parameter array the norm of its change in training and a few of its values.

Layer and array names, and the order of elements inside an array, are DL4J's: a convolution's kernel is
[out, in, rows, columns], a dense kernel is stored column by column, and an image is flattened channels first.
"""

import json
import math
import os
import pathlib
import sys
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
from keras import layers

CLASSES = 10
BATCH = 4
MOMENTUM = 0.9
WEIGHT_DECAY = 0.01
SAMPLES = 3
INPUT_PIXELS = {
    "alexnet": 67,
    "vgg16": 32,
    "inception-v1": 40,
    "inception-v1-notebook": 24,
    "resnet": 32,
    "resnet34": 64,
}
# Rounding grows through thirty normalised layers: longer training would compare noise.
STEPS = {"resnet": 1, "resnet34": 1}
LEARNING_RATE = {"resnet": 0.0001, "resnet34": 0.0001}
OUT = pathlib.Path(__file__).parent.parent / "resources" / "goldens"


def mix(x):
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def noise(name, count):
    """Numbers in [-1, 1), the same for the same name everywhere; exact in float32."""
    key = np.uint32(zlib.crc32(name.encode()))
    bits = mix(mix(np.arange(count, dtype=np.uint32) ^ key) + key)
    return (bits >> np.uint32(8)).astype(np.float64) / (1 << 23) - 1


# -- The networks ----------------------------------------------------------------------------------------------------


def conv(name, filters, kernel, strides=1, padding="same", activation="relu", bias=True):
    # Keras' l2(f) adds 2 f w to the gradient.
    return layers.Conv2D(filters, kernel, strides, padding, activation=activation, use_bias=bias, name=name,
                         kernel_regularizer=keras.regularizers.L2(WEIGHT_DECAY / 2))


def dense(name, units, activation="relu"):
    return layers.Dense(units, activation=activation, name=name,
                        kernel_regularizer=keras.regularizers.L2(WEIGHT_DECAY / 2))


def norm(name):
    return layers.BatchNormalization(name=name)


def max_pool(size, strides, padding="valid"):
    return layers.MaxPool2D(size, strides, padding)


def alexnet(x):
    x = norm("bn1")(conv("conv1", 96, 11, 4, "valid")(x))
    x = max_pool(3, 2)(x)
    x = norm("bn2")(conv("conv2", 256, 5)(x))
    x = max_pool(3, 2)(x)
    x = norm("bn3")(conv("conv3", 384, 3)(x))
    x = norm("bn4")(conv("conv4", 384, 3)(x))
    x = norm("bn5")(conv("conv5", 256, 3)(x))
    x = layers.Flatten()(max_pool(3, 2)(x))
    return dense("fc7", 4096)(dense("fc6", 4096)(x))


def vgg16(x):
    for block, (count, filters) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for i in range(1, count + 1):
            x = conv(f"conv{block}_{i}", filters, 3)(x)
        x = max_pool(2, 2)(x)
    return dense("fc7", 4096)(dense("fc6", 4096)(layers.Flatten()(x)))


def inception_module(name, x, one, three_in, three, five_in, five, pool):
    towers = [
        conv(f"{name}_1x1", one, 1)(x),
        conv(f"{name}_3x3", three, 3)(conv(f"{name}_3x3_reduce", three_in, 1)(x)),
        conv(f"{name}_5x5", five, 5)(conv(f"{name}_5x5_reduce", five_in, 1)(x)),
        conv(f"{name}_pool_1x1", pool, 1)(max_pool(3, 1, "same")(x)),
    ]
    return layers.Concatenate()(towers)


def inception_modules(x, padding):
    x = inception_module("inception3a", x, 64, 96, 128, 16, 32, 32)
    x = inception_module("inception3b", x, 128, 128, 192, 32, 96, 64)
    x = max_pool(3, 2, padding)(x)
    x = inception_module("inception4a", x, 192, 96, 208, 16, 48, 64)
    x = inception_module("inception4b", x, 160, 112, 224, 24, 64, 64)
    x = inception_module("inception4c", x, 128, 128, 256, 24, 64, 64)
    x = inception_module("inception4d", x, 112, 144, 288, 32, 64, 64)
    x = inception_module("inception4e", x, 256, 160, 320, 32, 128, 128)
    x = max_pool(3, 2, padding)(x)
    x = inception_module("inception5a", x, 256, 160, 320, 32, 128, 128)
    x = inception_module("inception5b", x, 384, 192, 384, 48, 128, 128)
    return layers.GlobalAveragePooling2D()(x)


def inception_v1(x):
    x = max_pool(3, 2, "same")(conv("conv1", 64, 7, 2)(x))
    x = conv("conv2", 192, 3)(conv("conv2_reduce", 64, 1)(x))
    return inception_modules(max_pool(3, 2, "same")(x), "same")


def inception_v1_notebook(x):
    return inception_modules(max_pool(3, 2)(conv("conv1", 192, 3, activation=None)(x)), "valid")


def resnet(x):
    x = norm("bn1")(conv("conv1", 64, 3, activation=None)(norm("input_bn")(x)))
    x = layers.ReLU()(x)
    filters = 64
    for stage, blocks in enumerate([2, 5, 5, 2], 1):
        for block in range(1, blocks + 1):
            name = f"stage{stage}_block{block}"
            down = stage > 1 and block == 1
            y = conv(f"{name}_conv1", filters, 3, 2 if down else 1, activation=None)(x)
            y = layers.ReLU()(norm(f"{name}_bn1")(y))
            y = conv(f"{name}_conv2", filters, 3, activation=None)(y)
            if down:
                x = conv(f"{name}_projection", filters, 1, 2, activation=None)(x)
            x = layers.ReLU()(norm(f"{name}_bn2")(layers.Add()([x, y])))
        filters *= 2
    return layers.Flatten()(layers.AveragePooling2D(4)(x))


def resnet34(x):
    def normalised(name, filters, kernel, strides, x):
        return norm(f"{name}_bn")(conv(name, filters, kernel, strides, activation=None, bias=False)(x))

    x = layers.ReLU()(normalised("conv1", 64, 7, 2, x))
    x = max_pool(3, 2, "same")(x)
    filters = 64
    for stage, blocks in enumerate([3, 4, 6, 3], 1):
        for block in range(1, blocks + 1):
            name = f"stage{stage}_block{block}"
            down = stage > 1 and block == 1
            y = layers.ReLU()(normalised(f"{name}_conv1", filters, 3, 2 if down else 1, x))
            y = normalised(f"{name}_conv2", filters, 3, 1, y)
            if down:
                x = normalised(f"{name}_projection", filters, 1, 2, x)
            x = layers.ReLU()(layers.Add()([x, y]))
        filters *= 2
    return layers.GlobalAveragePooling2D()(x)


NETWORKS = {
    "alexnet": alexnet,
    "vgg16": vgg16,
    "inception-v1": inception_v1,
    "inception-v1-notebook": inception_v1_notebook,
    "resnet": resnet,
    "resnet34": resnet34,
}


def build(name, pixels):
    keras.backend.clear_session()
    image = keras.Input((pixels, pixels, 3))
    logits = dense("predictions", CLASSES, activation=None)(NETWORKS[name](image))
    return keras.Model(image, logits)


# -- Arrays in DL4J's order ------------------------------------------------------------------------------------------


def flattened_shape(model, layer):
    """The (rows, columns, channels) that reach a dense layer through a Flatten, or None."""
    before = layer.input._keras_history.operation
    return before.input.shape[1:] if isinstance(before, layers.Flatten) else None


def arrays(model):
    """Yields (array name, variable, to DL4J's flat order, from it)."""
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            rows, columns, inputs, outputs = layer.kernel.shape
            yield (f"{layer.name}/W", layer.kernel,
                   lambda a: a.transpose(3, 2, 0, 1).ravel(),
                   lambda f, s=(outputs, inputs, rows, columns): f.reshape(s).transpose(2, 3, 1, 0))
            if layer.use_bias:
                yield f"{layer.name}/b", layer.bias, np.ravel, np.ravel
        elif isinstance(layer, layers.Dense):
            inputs, outputs = layer.kernel.shape
            # Position of each of Keras' inputs among DL4J's, which flattens channels first.
            order = np.arange(inputs)
            shape = flattened_shape(model, layer)
            if shape is not None:
                rows, columns, channels = shape
                order = order.reshape(channels, rows, columns).transpose(1, 2, 0).ravel()
            back = np.argsort(order)
            yield (f"{layer.name}/W", layer.kernel,
                   lambda a, back=back: a[back].T.ravel(),
                   lambda f, order=order, s=(outputs, inputs): f.reshape(s).T[order])
            yield f"{layer.name}/b", layer.bias, np.ravel, np.ravel
        elif isinstance(layer, layers.BatchNormalization):
            yield f"{layer.name}/gamma", layer.gamma, np.ravel, np.ravel
            yield f"{layer.name}/beta", layer.beta, np.ravel, np.ravel
            yield f"{layer.name}/mean", layer.moving_mean, np.ravel, np.ravel
            yield f"{layer.name}/var", layer.moving_variance, np.ravel, np.ravel


def initial(name, variable):
    count = int(np.prod(variable.shape))
    u = noise(name, count)
    kind = name.split("/")[1]
    if kind == "W":
        fan_in = count // variable.shape[-1]
        return (math.sqrt(6 / fan_in) * u).astype(np.float32)
    base, scale = {"b": (0, 0.05), "gamma": (1, 0.2), "beta": (0, 0.1), "mean": (0, 0.1), "var": (1.6, 0.6)}[kind]
    return (base + scale * u).astype(np.float32)


# -- Goldens ---------------------------------------------------------------------------------------------------------


def golden(name):
    total = build(name, 224)
    trainable = sum(int(np.prod(v.shape)) for v in total.trainable_variables)
    result = {
        "keras": keras.__version__,
        "learning_rate": LEARNING_RATE.get(name, 0.001),
        "input_pixels": INPUT_PIXELS[name],
        "parameters_at_224": total.count_params(),
        "trainable_parameters_at_224": trainable,
    }
    del total
    pixels = INPUT_PIXELS[name]
    model = build(name, pixels)
    before = {}
    for array, variable, _, from_flat in arrays(model):
        before[array] = initial(array, variable)
        variable.assign(from_flat(before[array]))
    images = noise("input", BATCH * 3 * pixels * pixels).astype(np.float32)
    images = images.reshape(BATCH, 3, pixels, pixels).transpose(0, 2, 3, 1)
    targets = np.eye(CLASSES, dtype=np.float32)[[(3 * i) % CLASSES for i in range(BATCH)]]

    result["logits"] = model(images, training=False).numpy().tolist()
    result["losses"] = train(model, images, targets, STEPS.get(name, 2), result["learning_rate"])
    result["logits_after"] = model(images, training=False).numpy().tolist()
    result["arrays"] = {}
    for array, variable, to_flat, _ in arrays(model):
        after = to_flat(variable.numpy())
        change = after.astype(np.float64) - before[array]
        count = after.size
        result["arrays"][array] = {
            "change": float(np.linalg.norm(change)),
            "after": {str(i): float(after[i]) for i in {(k * 7919 + 13) % count for k in range(SAMPLES)}},
        }
    return result


def train(model, images, targets, steps, learning_rate):
    """Trains as compile and fit would; returns each step's mean cross-entropy, without the weight-decay term."""
    import tensorflow as tf

    optimizer = keras.optimizers.SGD(learning_rate, momentum=MOMENTUM, nesterov=True)
    losses = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            logits = model(images, training=True)
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(targets, logits, from_logits=True))
            total = loss + sum(model.losses)
        gradients = tape.gradient(total, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        losses.append(float(loss))
    return losses


def rounded(value):
    """Nine significant digits hold every float32."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return value


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for network in sys.argv[1:] or NETWORKS:
        with open(OUT / f"{network}.json", "w") as file:
            json.dump(rounded(golden(network)), file, indent=1, sort_keys=True)
            file.write("\n")
        print(network, (OUT / f"{network}.json").stat().st_size, "bytes", flush=True)
