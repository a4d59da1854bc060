//! `bantam plan --region`.
use std::fs;
use std::path::PathBuf;

use crate::common::{command, error_line, json, run};

const FILE: &str = "id,lower,upper,size,regions,weight\n\
                    image,0,2,96,,1\n\
                    middle,1,3,64,,20\n\
                    last,2,4,32,0|1,10\n\
                    state,0,4,16,1,\n";

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("bantam-{}-regions-{name}", std::process::id()));
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn json_tells_each_region() {
    let csv = file("small.csv", FILE);
    let offsets = file("offsets.csv", "");
    let regions = ["--region", "dtcm=128", "--region", "sram=unlimited@4"];
    let report =
        json(command(["plan", "--json", "--csv"]).arg(&csv).args(regions).arg("-o").arg(&offsets));
    let number = |of: &str| report[of].as_u64().unwrap();
    assert_eq!((number("cost"), number("lower_bound_cost")), (2_048, 2_048));
    assert_eq!((&report["proven"], number("buffers")), (&true.into(), 4));
    let fast = serde_json::json!({
        "name": "dtcm", "capacity_bytes": 128, "cost": 1, "buffers": 2, "peak_bytes": 96,
        "lower_bound_bytes": 96
    });
    let slow = serde_json::json!({
        "name": "sram", "capacity_bytes": null, "cost": 4, "buffers": 2, "peak_bytes": 112,
        "lower_bound_bytes": 112
    });
    assert_eq!(report["regions"], serde_json::json!([fast, slow]));
    let written = fs::read_to_string(&offsets).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "id,lower,upper,size,region,offset");
    assert!(lines[1].starts_with("image,0,2,96,sram,"), "{written}");
    assert!(lines[2].starts_with("middle,1,3,64,dtcm,"), "{written}");
    assert_eq!(lines.len(), 5);
}

#[test]
fn views_are_where_their_bases_are() {
    let more = "left,1,2,32,,\n#view,4,1,32\n";
    let (csv, offsets) = (file("views.csv", &format!("{FILE}{more}")), file("placed.csv", ""));
    let regions = ["--region", "dtcm=128", "--region", "sram=unlimited@4"];
    let report =
        json(command(["plan", "--json", "--csv"]).arg(&csv).args(regions).arg("-o").arg(&offsets));
    assert_eq!((&report["cost"], &report["views"]), (&2_048.into(), &1.into()));
    let written = fs::read_to_string(&offsets).unwrap();
    let place = |name: &str| {
        let line = written.lines().find(|line| line.starts_with(name)).unwrap();
        let (region, offset) = line.rsplit_once(',').unwrap();
        (region.rsplit(',').next().unwrap().to_owned(), offset.parse::<u32>().unwrap())
    };
    let (region, offset) = place("middle");
    assert_eq!(place("left"), (region, offset + 32), "{written}");
    let csv = file("demanding.csv", &format!("{FILE}{}", more.replace(",,\n", ",1,\n")));
    let wrong = error_line(command(["plan", "--csv"]).arg(csv).args(regions));
    assert!(wrong.contains("line 7"), "{wrong}");
}

#[test]
fn text_is_a_table() {
    let csv = file("text.csv", FILE);
    let regions = ["--region", "dtcm=128", "--region", "sram=4096@4"];
    let text = run(command(["plan", "--csv"]).arg(&csv).args(regions)).stdout;
    assert!(text.contains("4 buffers at a cost of 2048; no assignment costs less\n"), "{text}");
    assert!(text.contains("  dtcm       1        2     96       128\n"), "{text}");
    assert!(text.contains("  sram       4        2    112     4,096\n"), "{text}");
}

#[test]
fn what_does_not_fit_has_its_name() {
    let csv = file("full.csv", FILE);
    let full = error_line(
        command(["plan", "--region", "dtcm=64", "--region", "sram=111", "--csv"]).arg(&csv),
    );
    assert!(full.ends_with("image does not fit: sram is short of 1 bytes\n"), "{full}");
    let one = error_line(command(["plan", "--region", "dtcm=500", "--csv"]).arg(&csv));
    assert!(one.ends_with("none of the regions of state is given by --region\n"), "{one}");
    let wrong = FILE.replace("0|1", "0|x");
    let wrong =
        error_line(command(["plan", "--region", "a=500", "--csv"]).arg(file("wrong.csv", &wrong)));
    assert!(wrong.contains("line 4: not regions such as 0|2"), "{wrong}");
}

#[test]
fn sizes_beyond_32_bits_have_a_unit() {
    let rows = "id,lower,upper,size,weight\na,0,2,4294967296,9\nb,1,3,8589934592,1\n";
    let csv = file("units.csv", rows);
    let regions = ["--region", "near=8589934591", "--region", "far=unlimited"];
    let report = json(command(["plan", "--json", "--csv"]).arg(&csv).args(regions));
    let region = |number: usize| report["regions"][number]["peak_bytes"].as_u64().unwrap();
    assert_eq!((region(0), region(1)), (4_294_967_296, 8_589_934_592));
    assert_eq!(report["cost"].as_u64().unwrap(), 9 * 4_294_967_296 + 2 * 8_589_934_592);
}

#[test]
fn regions_that_make_no_sense_are_wrong_usage() {
    let wrong = run(&mut command(["plan", "--csv", "x.csv", "--region", "sram"]));
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("NAME=BYTES"), "{}", wrong.stderr);
}
