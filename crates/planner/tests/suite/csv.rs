//! Files in MiniMalloc's format.

use bantam_planner::csv::{Fault, Instance};

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
    assert_eq!((again.ids(), again.buffers()), (instance.ids(), instance.buffers()));
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
    for name in ["alignment", "gaps", "Size", ""] {
        let found = fault(&format!("id,lower,upper,size,{name}\na,0,1,8,\n"));
        assert_eq!(found, (1, Fault::UnknownColumn(name.to_owned())));
    }
    let error = Instance::from_csv("id,lower,upper,size,gaps\n").unwrap_err().to_string();
    assert!(error.starts_with("line 1: the column `gaps` is not known"), "{error}");
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
    let text = "id , lower,upper, size,offset,hint\n a , 0,2, 16,,7\n";
    let instance = Instance::from_csv(text).unwrap();
    assert_eq!((instance.ids()[0].as_str(), instance.buffers()[0].bytes), ("a", 16));
}
