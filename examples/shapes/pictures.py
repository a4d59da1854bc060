"""Draws the pictures of the shapes example: a disc or a square, somewhere, in noise."""

import numpy as np

SIDE = 96
# What the labels mean.
NAMES = ("disc", "square")

# Bounds, each for the easiest pictures and for the hardest. Radius of a disc in pixels; a square
# has the area of a disc, so that neither size nor brightness tells them apart.
LEAST_RADIUS = (20.0, 12.0)
MOST_RADIUS = (30.0, 30.0)
# How far a square is turned, either way.
MOST_TILT = (0.0, np.pi / 4.0)
# Brightness, where black is 0 and white 1: of the shape against what is behind it, of the
# background from side to side, and the standard deviation of the noise.
LEAST_CONTRAST = (0.5, 0.2)
MOST_CONTRAST = (0.6, 0.6)
MOST_SLOPE = (0.0, 0.2)
MOST_NOISE = (0.03, 0.15)
BACKGROUNDS = (0.4, 0.6)


def draw(rng, labels, difficulty=1.0):
    """A picture for each label, [n, 96, 96, 1], uint8, from easy ones (0.0) to all kinds (1.0).

    Position, size, brightness, the square's tilt, the background's slope and the strength of the
    noise come from the generator. Shapes are darker or brighter than what is behind them, and
    lie wholly within the picture.
    """
    n = len(labels)

    def uniform(low, high):
        return rng.uniform(low, high, (n, 1, 1))

    def bound(ends):
        return ends[0] + (ends[1] - ends[0]) * difficulty

    radius = uniform(bound(LEAST_RADIUS), bound(MOST_RADIUS))
    half = radius * np.sqrt(np.pi) / 2.0
    # Also a square that stands on its corner is within.
    reach = half * np.sqrt(2.0)
    axis = np.arange(SIDE) + 0.5
    x = axis[np.newaxis, np.newaxis, :] - uniform(reach, SIDE - reach)
    y = axis[np.newaxis, :, np.newaxis] - uniform(reach, SIDE - reach)

    tilt = uniform(-bound(MOST_TILT), bound(MOST_TILT))
    along, across = x * np.cos(tilt) + y * np.sin(tilt), y * np.cos(tilt) - x * np.sin(tilt)
    is_square = np.reshape(labels, (n, 1, 1)) == NAMES.index("square")
    square = np.maximum(np.abs(along), np.abs(across)) - half
    distance = np.where(is_square, square, np.hypot(x, y) - radius)
    covered = np.clip(0.5 - distance, 0.0, 1.0)

    direction = uniform(0.0, 2.0 * np.pi)
    way = (x * np.cos(direction) + y * np.sin(direction)) / SIDE
    background = uniform(*BACKGROUNDS) + way * uniform(0.0, bound(MOST_SLOPE))
    contrast = uniform(bound(LEAST_CONTRAST), bound(MOST_CONTRAST))
    contrast *= rng.choice([-1.0, 1.0], (n, 1, 1))
    noise = rng.standard_normal((n, SIDE, SIDE)) * uniform(0.0, bound(MOST_NOISE))
    brightness = background + contrast * covered + noise
    pixels = np.clip(np.rint(brightness * 255.0), 0.0, 255.0).astype(np.uint8)
    return pixels[..., np.newaxis]


def balanced(n):
    """n labels, as many discs as squares, in turn."""
    return (np.arange(n) % len(NAMES)).astype(np.uint8)
