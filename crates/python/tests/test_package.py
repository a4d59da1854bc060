"""What the wheel has beside its modules."""

from importlib import metadata


def test_the_licences_are_in_the_wheel():
    files = metadata.files("bantam_tflite")
    for name in ["LICENSE-APACHE", "LICENSE-MIT"]:
        texts = [file.read_text() for file in files if file.name == name]
        assert texts and all("License" in text for text in texts), name
