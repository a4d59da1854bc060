"""The notebook runs from its first cell to its last."""

import nbclient
import nbformat


def test_the_notebook_runs(root, folder):
    path = root / "examples/notebook/arena.ipynb"
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": folder}}
    )
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    drawn = [output for output in outputs if "image/svg+xml" in output.get("data", {})]
    assert len(drawn) == 1 and "</svg>" in drawn[0]["data"]["image/svg+xml"]
    assert "max-width:100%" in drawn[0]["data"]["text/html"]
    tables = [
        output for output in outputs if "<th>us</th>" in output.get("data", {}).get("text/html", "")
    ]
    assert len(tables) == 1
    assert (folder / "waves.image").stat().st_size > 100
