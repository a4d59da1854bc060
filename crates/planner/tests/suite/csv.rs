//! Files in MiniMalloc's format.

use bantam_planner::Gap;
use bantam_planner::csv::{Fault, Instance};
use bantam_planner::exact::{Options, solve};

fn fault(text: &str) -> (usize, Fault) {
    let error = Instance::from_csv(text).unwrap_err();
    (error.line, error.fault)
}

#[test]
fn quoted_names_survive_a_round_trip() {
    let text = "id,lower,upper,size\n\
                \"a,b\",0,2,16\n\
                \"say \"\"hi\"\"\",1,3,16\n\
                \"#1\",0,1,8\n\
                \"two\nlines\",0,1,8\n\
                plain,2,3,8\n";
    let instance = Instance::from_csv(text).unwrap();
    assert_eq!(instance.ids(), ["a,b", "say \"hi\"", "#1", "two\nlines", "plain"]);
    let written = instance.to_csv(&[0, 16, 32, 40, 0]);
    assert!(written.starts_with("id,lower,upper,size,offset\n\"a,b\",0,2,16,0\n"), "{written}");
    let again = Instance::from_csv(&written).unwrap();
    assert_eq!(again.ids(), instance.ids());
    let fixed: Vec<Option<u32>> = again.buffers().iter().map(|buffer| buffer.fixed).collect();
    assert_eq!(fixed, [Some(0), Some(16), Some(32), Some(40), Some(0)]);
}

#[test]
fn gaps_alignments_and_offsets_survive_a_round_trip() {
    let text = "id,lower,upper,size,alignment,gaps,offset\n\
                a,-4,9,16,8,5-6 -3--1@0:4,\n\
                b,-3,-1,12,1,,4\n";
    let instance = Instance::from_csv(text).unwrap();
    assert_eq!(instance.alignments(), [8, 1]);
    let gap = |buffer, first, last, end| (buffer, Gap::new(first, last).using(0, end));
    // Negative times are numbered: -4, -3, -1, 5, 6 and 9.
    assert_eq!(instance.gaps(), [gap(0, 1, 1, 4), gap(0, 3, 3, 0)]);
    assert_eq!(instance.buffers()[1].fixed, Some(4));
    let solution = solve(&instance, 1, &Options::default(), &mut |_| {}).unwrap();
    assert_eq!((solution.bytes, &*solution.offsets), (16, &[0, 4][..]));
    let written = instance.to_csv(&solution.offsets);
    let first = "id,lower,upper,size,alignment,gaps,offset\na,-4,9,16,8,5-6 -3--1@0:4,0\n";
    assert!(written.starts_with(first), "{written}");
    assert_eq!(Instance::from_csv(&written).unwrap().gaps(), instance.gaps());
    // With inclusive ends, those of gaps are inclusive, too; the unit is that of all bytes.
    let large = "id,start,end,size,gaps,alignment\na,0,9,8000000000,3-5@2000:4000,64\n";
    let instance = Instance::from_csv(large).unwrap();
    assert_eq!(instance.gaps(), [(0, Gap::new(3, 5).using(1, 2))]);
    assert_eq!((instance.unit(), instance.alignments()), (2_000, &[4][..]));
}

#[test]
fn faults_of_gaps_alignments_and_offsets_are_said() {
    let row = |alignment: &str, gaps: &str, offset: &str| {
        format!("id,lower,upper,size,alignment,gaps,offset\na,2,9,16,{alignment},{gaps},{offset}\n")
    };
    assert_eq!(fault(&row("12", "", "")), (2, Fault::Alignment("12".to_owned())));
    assert_eq!(fault(&row("", "", "-1")), (2, Fault::Offset("-1".to_owned())));
    for gaps in ["3", "4-4", "5-4", "1-3", "8-10", "3-5 4-6", "3-5@0", "3-5@4:2", "3-5@0:17", "x"] {
        assert_eq!(fault(&row("", gaps, "")), (2, Fault::Gaps), "{gaps}");
    }
    let view = "id,lower,upper,size,alignment\na,0,9,16,\nb,0,9,8,4\n#view,1,0,0\n";
    assert_eq!(fault(view), (4, Fault::View));
    let regions = "id,lower,upper,size,region,offset\na,0,9,16,near,64\n";
    assert_eq!(Instance::from_csv(regions).unwrap().buffers()[0].fixed, None);
}

#[test]
fn written_regions_are_read_again() {
    use bantam_planner::regions::Place;

    let instance = Instance::from_csv("id,lower,upper,size\na,0,2,16\n").unwrap();
    let written = instance.to_csv_in_regions(&["near, fast"], &[Place { region: 0, offset: 4 }]);
    assert_eq!(written, "id,lower,upper,size,region,offset\na,0,2,16,\"near, fast\",4\n");
    assert_eq!(Instance::from_csv(&written).unwrap().ids(), ["a"]);
}

#[test]
fn unknown_columns_are_named() {
    for name in ["align", "gap", "Size", ""] {
        let found = fault(&format!("id,lower,upper,size,{name}\na,0,1,8,\n"));
        assert_eq!(found, (1, Fault::UnknownColumn(name.to_owned())));
    }
    let error = Instance::from_csv("id,lower,upper,size,pad\n").unwrap_err().to_string();
    assert!(error.starts_with("line 1: the column `pad` is not known"), "{error}");
    let twice = "id,lower,upper,end,size\n";
    assert_eq!(fault(twice), (1, Fault::RepeatedColumn("end".to_owned())));
    assert_eq!(fault("id,lower,size\n"), (1, Fault::Header));
    assert_eq!(fault(""), (1, Fault::Header));
}

#[test]
fn faults_name_the_line_also_behind_comments_and_quotes() {
    let text = "# buffers\n\nid,lower,upper,size\n\"two\nlines\",0,1,8\n# more\nb,1,0,8\n";
    assert_eq!(fault(text), (7, Fault::Row));
    assert_eq!(fault("id,lower,upper,size\na,0,1,8,9\n"), (2, Fault::Row));
    assert_eq!(fault("\r\nid,lower,upper,size\r\na,0,1,8\r\n \r\n#\r\nb\r\n"), (6, Fault::Row));
    assert_eq!(fault("id,lower,upper,size\na,0,2,8\n#relax,0\n"), (3, Fault::Relax));
}

#[test]
fn results_and_hints_are_ignored() {
    let text = "id , lower,upper, size,region,offset,hint\n a , 0,2, 16,x,,7\n";
    let instance = Instance::from_csv(text).unwrap();
    assert_eq!((instance.ids()[0].as_str(), instance.buffers()[0].bytes), ("a", 16));
}
