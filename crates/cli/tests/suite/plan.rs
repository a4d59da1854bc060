//! `bantam plan --csv`.
use std::fs;
use std::path::PathBuf;

use crate::common::{command, error_line, json, run};

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("bantam-{}-{name}", std::process::id()));
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn json_tells_the_peak_and_the_proof() {
    let csv = file("small.csv", "id,lower,upper,size\na,0,2,48\nb,1,3,32\nc,2,4,64\n");
    let offsets = file("offsets.csv", "");
    let report = json(command(["plan", "--json", "--csv"]).arg(&csv).arg("--output").arg(&offsets));
    assert_eq!((&report["peak_bytes"], &report["lower_bound_bytes"]), (&96.into(), &96.into()));
    assert_eq!((&report["proven"], &report["buffers"]), (&true.into(), &3.into()));
    assert!(report["nodes"].is_u64() && report["seconds"].is_f64());
    let written = fs::read_to_string(&offsets).unwrap();
    assert!(written.starts_with("id,lower,upper,size,offset\na,0,2,48,"), "{written}");
    assert_eq!(written.lines().count(), 4);
}

#[test]
fn permissions_in_the_file_count() {
    let rows = "id,lower,upper,size\nin,0,2,96\nout,1,3,64\n";
    let apart = json(command(["plan", "--json", "--csv"]).arg(file("apart.csv", rows)));
    assert_eq!(apart["peak_bytes"], 160);
    let relaxed = file("relaxed.csv", &format!("{rows}#relax,1,0,16,96\n"));
    let report = json(command(["plan", "--json", "--alignment", "16", "--csv"]).arg(&relaxed));
    assert_eq!((&report["peak_bytes"], &report["proven"]), (&112.into(), &true.into()));
    let text = run(command(["plan", "--csv"]).arg(&relaxed));
    assert!(text.stdout.contains("2 buffers in 112 bytes; no plan is smaller"), "{}", text.stdout);
}

#[test]
fn gaps_alignments_and_offsets_in_the_file_count() {
    let csv = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/images/gaps.csv");
    let picture = file("gaps.svg", "");
    let report =
        json(command(["plan", "--json", "--csv", csv, "--alignment", "1", "--svg"]).arg(&picture));
    assert_eq!((&report["peak_bytes"], &report["proven"]), (&128.into(), &true.into()));
    let drawn = fs::read_to_string(&picture).unwrap();
    assert!(drawn.contains("dma") && drawn.contains("mailbox"), "{drawn}");
    let wrong = file("wrong.csv", "id,lower,upper,size,alignment\na,0,2,48,12\n");
    let refused = error_line(command(["plan", "--csv"]).arg(&wrong));
    assert!(
        refused.trim_end().ends_with("line 2: the alignment `12` is not a power of two"),
        "{refused}"
    );
}

#[test]
fn capacity_asks_for_any_plan_that_fits() {
    let csv = file("fit.csv", "id,lower,upper,size\na,0,2,48\nb,1,3,32\nc,2,4,64\n");
    let offsets = std::env::temp_dir().join(format!("bantam-{}-fit-out.csv", std::process::id()));
    let ask = |capacity: &str| {
        let mut ask = command(["plan", "--json", "--capacity", capacity, "--csv"]);
        ask.arg(&csv).arg("--output").arg(&offsets);
        ask
    };
    let report = json(&mut ask("96"));
    assert_eq!((&report["fits"], &report["capacity_bytes"]), (&true.into(), &96.into()));
    assert_eq!((&report["peak_bytes"], report.get("proven")), (&96.into(), None));
    assert_eq!(fs::read_to_string(&offsets).unwrap().lines().count(), 4);
    fs::remove_file(&offsets).unwrap();

    let refused = run(&mut ask("95"));
    let report: serde_json::Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!((refused.code, &report["fits"]), (1, &false.into()));
    assert!(report["peak_bytes"].is_null() && !offsets.exists());
    assert!(refused.stderr.ends_with("no plan fits into 95 bytes\n"), "{}", refused.stderr);

    let unknown = run(ask("96").args(["--nodes", "1"]));
    let report: serde_json::Value = serde_json::from_str(&unknown.stdout).unwrap();
    assert_eq!((unknown.code, report["fits"].is_null()), (1, true));
    assert!(unknown.stderr.contains("there may be one"), "{}", unknown.stderr);

    let text = run(command(["plan", "--capacity", "1000000", "--csv"]).arg(&csv));
    assert!(text.stdout.contains("bytes; the capacity is 1,000,000"), "{}", text.stdout);
    error_line(command(["plan", "--capacity", "8", "--csv"]).arg(&csv));
}

#[test]
fn sizes_in_units_are_asked_for_in_bytes() {
    let rows = "id,lower,upper,size\na,0,2,6442450944\nb,1,3,3221225472\n";
    let csv = file("huge.csv", rows);
    let ask = |capacity: &str| {
        run(command(["plan", "--json", "--capacity", capacity, "--csv"]).arg(&csv))
    };
    let fits: serde_json::Value = serde_json::from_str(&ask("9663676416").stdout).unwrap();
    assert_eq!((&fits["fits"], &fits["peak_bytes"]), (&true.into(), &9_663_676_416_u64.into()));
    assert_eq!(ask("9663676415").code, 1);
}

#[test]
fn views_in_the_file_take_no_place() {
    let rows = "id,lower,upper,size\nwhole,2,4,64\nleft,0,3,40\nright,1,3,24\nother,1,2,16\n";
    let apart = json(command(["plan", "--json", "--csv"]).arg(file("copied.csv", rows)));
    assert_eq!((&apart["peak_bytes"], &apart["views"]), (&128.into(), &0.into()));
    let views = file("views.csv", &format!("{rows}#view,1,0,0\n#view,2,0,40\n"));
    let offsets = file("placed.csv", "");
    let report =
        json(command(["plan", "--json", "--csv"]).arg(&views).arg("--output").arg(&offsets));
    assert_eq!((&report["peak_bytes"], &report["views"]), (&80.into(), &2.into()));
    let written = fs::read_to_string(&offsets).unwrap();
    let offset = |line: &str| line.rsplit(',').next().unwrap().parse::<u32>().unwrap();
    let offsets: Vec<u32> = written.lines().skip(1).map(offset).collect();
    assert_eq!([offsets[1], offsets[2]], [offsets[0], offsets[0] + 40], "{written}");
    let circle = file("circle.csv", &format!("{rows}#view,1,0,0\n#view,0,1,0\n"));
    assert!(error_line(command(["plan", "--csv"]).arg(circle)).contains("line 7"));
}

#[test]
fn a_file_of_buffers_is_drawn() {
    let rows = "id,lower,upper,size\nin,0,2,96\nout,1,3,64\npiece,2,3,30\n";
    let csv = file("drawn.csv", &format!("{rows}#relax,1,0,16,96\n#view,2,1,7\n"));
    let svg = file("drawn.svg", "");
    run(command(["plan", "--alignment", "16", "--csv"]).arg(&csv).arg("--svg").arg(&svg));
    let picture = fs::read_to_string(&svg).unwrap();
    for piece in [
        "112 bytes; no plan is smaller",
        "over in by 48 bytes, forwards",
        "view of out",
        "out 64 B",
        "address, bytes",
        "step 2",
        "most in use: 112 B",
    ] {
        assert!(picture.contains(piece), "{piece}: {picture}");
    }
    assert!(!picture.contains("step 3"), "{picture}");
}

#[test]
fn what_is_no_problem_is_one_line() {
    let broken = file("broken.csv", "id,lower,upper,size\na,3,2,1\n");
    assert!(error_line(command(["plan", "--csv"]).arg(broken)).contains("line 2"));
    assert!(error_line(&mut command(["plan", "--csv", "nothing.csv"])).contains("nothing.csv"));
    let fine = file("fine.csv", "id,lower,upper,size\na,1,2,1\n");
    let wrong = error_line(command(["plan", "--alignment", "3", "--csv"]).arg(fine));
    assert!(wrong.contains("power of two"), "{wrong}");
}
