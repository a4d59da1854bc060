use super::*;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

fn options(each_class: bool) -> DetectionOptions {
    DetectionOptions {
        max_detections: 3,
        detections_per_class: 2,
        classes: 2,
        score_threshold: 0.3,
        overlap_threshold: 0.4,
        scales: [10.0, 10.0, 5.0, 5.0],
        each_class,
    }
}

fn shape(dims: &[i32]) -> Shape {
    Shape::new(dims).unwrap()
}

/// Chosen boxes and scores of one class, from a sorted list.
fn suppressed(boxes: &[[f32; 4]], scores: &[f32], most: usize) -> Vec<(usize, f32)> {
    let mut order: Vec<usize> = (0..boxes.len()).filter(|&i| scores[i] >= 0.3).collect();
    order.sort_by(|&i, &j| scores[j].partial_cmp(&scores[i]).unwrap());
    let mut chosen: Vec<(usize, f32)> = vec![];
    for i in order {
        if chosen.len() < most
            && chosen.iter().all(|&(j, _)| common_share(&boxes[j], &boxes[i]) <= 0.4)
        {
            chosen.push((i, scores[i]));
        }
    }
    chosen
}

proptest! {
    #[test]
    fn detections_are_those_of_sorted_lists(
        places in prop::collection::vec((0..6_u8, 0..6_u8), 1..9), scores in prop::collection::vec(0..8_u8, 27), each_class: bool,
    ) {
        let n = places.len();
        let anchors: Vec<f32> = places.iter().flat_map(|&(y, x)| [f32::from(y), f32::from(x), 3.0, 3.0]).collect();
        // The first column is that of the background.
        let scores: Vec<f32> = scores[..3 * n].iter().map(|&score| f32::from(score) / 8.0).collect();
        let boxes = n as i32;
        let params = DetectionParams::new(
            &options(each_class), &shape(&[1, boxes, 5]), &shape(&[1, boxes, 3]), &shape(&[boxes, 4]),
        ).unwrap();
        let (mut got_boxes, mut got_classes, mut got_scores) = ([9.0; 12], [9.0; 3], [9.0; 3]);
        let detections = Detections { boxes: &mut got_boxes, classes: &mut got_classes, scores: &mut got_scores };
        let mut scratch = vec![0.0; params.scratch_len()];
        let count = params.run(&vec![0.0_f32; 5 * n], &scores, &anchors, &mut scratch, detections).unwrap().unwrap();
        let corners: Vec<[f32; 4]> = places.iter().map(|&(y, x)| {
            let [y, x] = [y, x].map(f32::from);
            [y - 1.5, x - 1.5, y + 1.5, x + 1.5]
        }).collect();
        let column = |class: usize| -> Vec<f32> { (0..n).map(|i| scores[3 * i + 1 + class]).collect() };
        let want: Vec<(usize, usize, f32)> = if each_class {
            let mut all: Vec<(usize, usize, f32)> = (0..2).flat_map(|class| {
                suppressed(&corners, &column(class), 2).into_iter().map(move |(i, score)| (i, class, score))
            }).collect();
            all.sort_by(|a, b| b.2.partial_cmp(&a.2).unwrap());
            all.truncate(3);
            all
        } else {
            let [first, second] = [column(0), column(1)];
            let class = |i: usize| usize::from(second[i] > first[i]);
            let best: Vec<f32> = (0..n).map(|i| first[i].max(second[i])).collect();
            suppressed(&corners, &best, 3).into_iter().map(|(i, score)| (i, class(i), score)).collect()
        };
        prop_assert_eq!(count, want.len());
        for (at, &(i, class, score)) in want.iter().enumerate() {
            prop_assert_eq!(&got_boxes[4 * at..4 * at + 4], &corners[i]);
            prop_assert_eq!((got_classes[at], got_scores[at]), (class as f32, score));
        }
        let rest = if each_class { 0.0 } else { 9.0 };
        prop_assert!(got_scores[count..].iter().chain(&got_boxes[4 * count..]).all(|&x| x == rest));
    }

    #[test]
    fn any_fields_are_harmless(words: [u32; 6], tame: bool, thresholds: [f32; 2], len in 0..40_usize) {
        let [boxes, encoding_len, classes, background, max_detections, detections_per_class] =
            words.map(|n| if tame { n % 5 } else { n });
        let params = DetectionParams {
            boxes, encoding_len, classes, background, max_detections, detections_per_class,
            score_threshold: thresholds[0], overlap_threshold: thresholds[1], scales: [1.0; 4],
        };
        let lens = [boxes.wrapping_mul(encoding_len), boxes.wrapping_mul(classes.wrapping_add(background)), boxes.wrapping_mul(4)];
        for lens in [[len; 3], lens.map(|len| len.min(99) as usize)] {
            let [encodings, scores, anchors] = lens.map(|len| vec![0.5_f32; len]);
            let mut scratch = vec![0.0; params.scratch_len().min(999)];
            let (mut boxes, mut classes, mut best) = ([0.0; 9], [0.0; 2], [0.0; 1]);
            let detections = Detections { boxes: &mut boxes, classes: &mut classes, scores: &mut best };
            let _ = params.run(&encodings, &scores, &anchors, &mut scratch, detections);
        }
    }
}

#[test]
fn boxes_without_extent_give_nothing() {
    let params = DetectionParams::new(
        &options(false),
        &shape(&[1, 1, 4]),
        &shape(&[1, 1, 2]),
        &shape(&[1, 4]),
    )
    .unwrap();
    let run = |extent: f32| {
        let (mut boxes, mut classes, mut best) = ([0.0; 12], [0.0; 3], [0.0; 3]);
        let detections = Detections { boxes: &mut boxes, classes: &mut classes, scores: &mut best };
        params.run(&[0.0; 4], &[0.5, 0.4], &[0.0, 0.0, 1.0, extent], &mut [0.0; 5], detections)
    };
    assert_eq!(run(1.0), Ok(Some(1)));
    assert_eq!(run(0.0), Ok(None));
    assert_eq!(run(-1.0), Ok(None));
}

#[test]
fn shapes_and_options_that_do_not_fit_are_refused() {
    let new = |options: DetectionOptions, encodings: &[i32], scores: &[i32], anchors: &[i32]| {
        DetectionParams::new(&options, &shape(encodings), &shape(scores), &shape(anchors))
            .map(|_| ())
    };
    let fitting = || (&[1, 2, 4], &[1, 2, 3], &[2, 4]);
    let (encodings, scores, anchors) = fitting();
    assert_eq!(new(options(true), encodings, scores, anchors), Ok(()));
    assert_eq!(new(options(true), &[2, 4], scores, anchors), Err(ParamsError::Rank { actual: 2 }));
    let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
    assert_eq!(new(options(true), &[1, 2, 3], scores, anchors), mismatch(4, 3));
    assert_eq!(new(options(true), encodings, &[1, 2, 4], anchors), mismatch(2, 4));
    assert_eq!(new(options(true), encodings, &[1, 2, 1], anchors), mismatch(2, 1));
    let none = DetectionOptions { detections_per_class: 0, ..options(true) };
    assert_eq!(new(none, encodings, scores, anchors), Err(ParamsError::Dimension { value: 0 }));
    let none = DetectionOptions { max_detections: -1, ..options(false) };
    assert_eq!(new(none, encodings, scores, anchors), Err(ParamsError::Dimension { value: -1 }));
}
