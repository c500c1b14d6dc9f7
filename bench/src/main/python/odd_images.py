"""Writes small images of two classes, of every kind that shards hold: JPEGs in colour, grey, of four inks and turned by
EXIF; PNGs with a palette, with alpha and of 16 bits. Usage: odd_images.py FOLDER"""

import pathlib
import sys

from PIL import Image


def picture(number, mode):
    image = Image.new("RGB", (40 + number, 30))
    image.putdata([(x * 5 % 256, y * 7 % 256, (x + y + number * 11) % 256) for y in range(30) for x in range(40 + number)])
    if mode == "I;16":
        grey = Image.new(mode, image.size)
        grey.putdata([value * 257 for value in image.convert("L").tobytes()])
        return grey
    return image.convert(mode)


def main(folder):
    jpegs, pngs = ["RGB", "L", "CMYK"], ["P", "RGBA", "LA", "I;16", "RGB"]
    for name in ("cat", "dög"):
        (folder / name).mkdir(parents=True)
        for number in range(16):
            place = folder / name / f"{number} of {name}"
            if number % 2:
                picture(number + (name == "cat") * 20, pngs[number // 2 % len(pngs)]).save(f"{place}.png")
            else:
                exif = Image.Exif()
                exif[0x0112] = 6 if number % 8 == 0 else 1
                picture(number + (name == "cat") * 20, jpegs[number // 2 % len(jpegs)]).save(f"{place}.jpg", exif=exif)


main(pathlib.Path(sys.argv[1]))
