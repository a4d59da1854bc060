//! The text of `--help` below the options.

/// The widest that help gets; terminals may be narrower.
const MOST_COLUMNS: usize = 100;

/// Fits a text to the terminal: paragraphs are filled, and what follows the first column of a list
/// stays in its column.
pub(super) fn wrapped(text: &str) -> String {
    let columns = terminal_size::terminal_size().map_or(MOST_COLUMNS, |(width, _)| width.0.into());
    fitted(text, columns.clamp(40, MOST_COLUMNS))
}

fn fitted(text: &str, columns: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    // The text so far of the paragraph or the entry, and how far its later lines are indented.
    let mut open: Option<(String, usize)> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let goes_on = open.as_ref().is_some_and(|(_, hanging)| {
            indent == *hanging && !line.is_empty() && !line.starts_with("  bantam ")
        });
        match &mut open {
            Some((paragraph, _)) if goes_on => {
                paragraph.push(' ');
                paragraph.push_str(line.trim());
            }
            _ => {
                lines.extend(
                    open.take().into_iter().flat_map(|(text, at)| fill(&text, at, columns)),
                );
                if line.is_empty() || indent > 0 && !is_entry(line) || line.ends_with(':') {
                    lines.push(line.to_owned());
                } else {
                    open = Some((line.to_owned(), hanging_of(line)));
                }
            }
        }
    }
    lines.extend(open.into_iter().flat_map(|(text, at)| fill(&text, at, columns)));
    lines.join("\n")
}

/// Whether a line has a key and, behind two spaces, what it means.
fn is_entry(line: &str) -> bool {
    line.starts_with("  ") && hanging_of(line) > 0
}

/// Where the second column begins; 0 without one.
fn hanging_of(line: &str) -> usize {
    let rest = line.trim_start();
    let indent = line.len() - rest.len();
    if indent != 2 || rest.starts_with("bantam ") {
        return 0;
    }
    // A key may be so long that a single space follows: then the column is that of the others.
    match rest.find("  ") {
        Some(gap) => line.len() - rest[gap..].trim_start().len(),
        None => KEY_COLUMN.min(line.len()),
    }
}

/// Where the meanings of keys begin.
const KEY_COLUMN: usize = 19;

/// Breaks a text into lines, of which the later ones are indented.
fn fill(text: &str, hanging: usize, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = text.to_owned();
    while line.chars().count() > columns {
        let limit = line.char_indices().nth(columns).map_or(line.len(), |(at, _)| at);
        let Some(space) = line[..=limit].rfind(' ').filter(|space| *space > hanging) else { break };
        let rest = line.split_off(space);
        lines.push(std::mem::replace(&mut line, " ".repeat(hanging) + rest.trim_start()));
    }
    lines.push(line);
    lines
}

pub(super) const CHECK_HELP: &str = "\
The exit code is 1 if a node cannot run. The same reasons are in the errors of run, size, bench,
plan and prepare, and of the macro bantam::model!.

Examples:
  bantam check digits.tflite
  bantam check digits.tflite --json | jq '.faults[].reason'

Keys of --json:
  model            path of the model
  runs             whether all nodes can run
  nodes            how many there are, in all subgraphs
  refused          how many of them cannot run
  faults           array of {subgraph, nodes, operator, version, inputs, outputs, tensor, reason,
                   advice}: nodes with the same operator, types and reason; nodes is empty where
                   the model as a whole is at fault
  .inputs          types of the inputs, \"-\" for an absent one; .outputs likewise
  .tensor          null or {index, name}: what is at fault, of the first node
  .reason          what was found and what is needed
  .advice          what to do, in words of the converter and of this library; may be empty";

pub(super) const CODEGEN_HELP: &str = "\
In C, NAME.h has the exact size of the arena, and typed pointers, shapes, scales and zero points of
inputs and outputs; NAME.c has the model and names the operators, so that no others are linked. Both
need bantam.h and the library: see docs/c.md.

In Rust, the package prepares the model while it is compiled. With --board it is a program that
builds at once: model, src/main.rs, memory.x, and .cargo/config.toml with target and runner. Until
Bantam is published, say where it is by --bantam-path or --bantam-git.

Examples:
  bantam codegen wake.tflite --lang rust --board cortex-m --bantam-path ../bantam --out wake
  bantam codegen wake.tflite --lang c --out wake
  bantam codegen wake.tflite --lang c --out generated --name wake --prepared
  bantam codegen wake.tflite --lang c --out wake --prepared --target thumbv7em-none-eabihf

Keys of --json:
  model            path of the model
  name             the name in files, types and functions
  files            paths of the files that were written";

pub(super) const COMPARE_HELP: &str = "\
The model runs once. Each tensor that a node writes is compared with tensor_N.npy of the reference,
as far as there is such a file: N is the tensor's index, as bantam inspect shows it. Such folders
come from `bantam run --dump`, or from Python:

  interpreter = tf.lite.Interpreter(MODEL, experimental_preserve_all_tensors=True,
      experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
  ... set the inputs, invoke ...
  for t in interpreter.get_tensor_details():
      try: np.save(f\"ref/tensor_{t['index']}.npy\", interpreter.get_tensor(t['index']))
      except ValueError: pass

The exit code is 1 if a node differs by more than the tolerance. Where one does, later ones mostly
do too: look at the first.

Examples:
  bantam compare digits.tflite --reference ref
  bantam compare digits.tflite --reference ref --input image.npy --tolerance 1

Keys of --json:
  model            path of the model
  compared         how many tensors were compared
  same             whether none differs
  first            null or the first of differences
  differences      array of {node, operator, tensor, name, type, elements, largest, mean, at}, in
                   the order of the nodes; largest and mean difference are in steps of the scale,
                   those of floats as they are (null where a number is none); at is the index of
                   the element with the largest";

pub(super) const RUN_HELP: &str = "\
Examples:
  bantam run digits.tflite
  bantam run digits.tflite --input image.bin --output-dir out
  bantam run stream.tflite --input frames.bin --steps 49 --output-dir out
  bantam run digits.tflite --input image.npy --dump tensors
  bantam run digits.tflite --signature serving_default --input image=image.bin
  bantam run digits.tflite --arena 4096
  bantam run digits.tflite --sharing apart

Keys of --json:
  model            path of the model
  steps            number of invokes
  inputs           array of {name, type, shape, bytes, file}; file is null for zeros
  outputs          the same and values: the elements after the last step, as stored
  dumped           number of tensors that were written by --dump
  incomplete_steps steps in which a streaming operator waited for more input
  invoke_us        median time of an invoke in microseconds
  arena_bytes      size of the arena that was used
  arena_used_bytes the part of it that the model needs";

pub(super) const INSPECT_HELP: &str = "\
Examples:
  bantam inspect digits.tflite
  bantam inspect digits.tflite --json | jq '.subgraphs[0].operators[].operator'

Keys of --json:
  model, file_bytes, schema_version, description
  operator_codes   array of {operator, version, nodes, refused}: refused nodes cannot run
  subgraphs        array of {name, inputs, outputs, tensors, operators}; inputs and outputs are
                   indices of tensors
  .tensors         array of {index, name, type, shape, shape_signature, bytes, buffer,
                   constant_bytes, variable, quantization}
  .quantization    null or {scales, zero_points, dimension}; dimension is null for one scale
  .operators       array of {index, operator, version, inputs, outputs, intermediates, options,
                   refused}; an absent input is null, intermediates are there if not empty, as is
                   refused: the reason why the node cannot run
  buffers          how many there are
  buffer_bytes     the bytes of all buffers
  metadata         array of {name, bytes}
  signatures       array of {key, subgraph, inputs, outputs}: names with tensor indices";

pub(super) const SIZE_HELP: &str = "\
The figure is exact, and the same on every processor: an arena of so many bytes, aligned to 16,
is enough, and one byte less is not. --sharing shows what an interpreter with other options needs.

Examples:
  bantam size digits.tflite
  bantam size digits.tflite --sharing apart
  bantam size digits.tflite --json | jq .arena_bytes

Keys of --json:
  model            path of the model
  arena_bytes      size of the arena that the model needs
  overlay_bytes    activations and scratch, which share memory over time
  persistent_bytes what the interpreter keeps between inferences
  temporary_bytes  what more is needed while preparing, and rounding up to 16; these three add
                   up to arena_bytes
  macs             multiply-accumulates of an invoke, from the shapes
  steps            runs of the innermost loops: macs, elements of pools' windows, and for all other
                   operators the elements of the largest operand
  persistent       object: bytes by category";

pub(super) const OPS_HELP: &str = "\
A program links the operators of its list and no others. Where all tensors of an operator have one
type, the list names the operator for this type alone, which is smaller.

Examples:
  bantam ops digits.tflite
  bantam ops digits.tflite --prepared

Keys of --json:
  model            path of the model
  prepared         whether the list is for a prepared image
  operators        array of paths, such as ops::int8::CONV_2D";

pub(super) const SIMPLIFY_HELP: &str = "\
The model computes the same afterwards. Results that depend on constants alone become constants of
the file, so that a device spends neither time nor memory on them and need not link their operators.
--batch gives sizes that the file leaves open their value, and stays in the file that is written.
The macro bantam::model! simplifies models by itself.

Examples:
  bantam simplify model.tflite
  bantam simplify model.tflite --batch 1 --output simple.tflite

Keys of --json:
  model            path of the model
  nodes            how many it has
  folded           array of {index, operator}: nodes whose results are constants now
  unread           array of {index, operator}: nodes whose results nobody reads
  bytes_before     length of the file
  bytes_after      length of the file that is written";

pub(super) const COMPRESS_HELP: &str = "\
Filters of convolutions and dense layers are stored as indices of a lookup table, as Huffman codes
or without the weights that are zero, whichever takes the fewest bytes; those that it does not help
stay. Nodes of TFLM_DECODE decode them in each inference, into the arena, which may grow: the
command prints both figures. TensorFlow Lite Micro runs the result, too.
With --max-error 0 the model computes the same. With more, weights that lie close together become
one, where that saves bytes: measure what it does to the results.
Lookup tables that the metadata COMPRESSION_METADATA of TFLM lists become nodes of TFLM_DECODE, too.
With --tables filters of i8 are listed there instead, and kernels look weights up where they
multiply them: the arena does not grow. TensorFlow Lite Micro runs such a model if it is built with
USE_TFLM_COMPRESSION.

Examples:
  bantam compress model.tflite
  bantam compress model.tflite --max-error 2 --output small.tflite
  bantam compress model.tflite --tables --max-error 2 --output small.tflite
  bantam compress model.tflite --max-arena 40000 --output small.tflite

Keys of --json:
  model            path of the model
  tensors          array of {index, name, decoder, bytes_before, bytes_after, max_error}: what is
                   decoded now
  bytes_before     length of the file
  bytes_after      length of the file that is written
  arena_before     bytes of the arena that the model needs; null if it cannot run
  arena_after      bytes of the arena that the model needs that is written";

pub(super) const PREPARE_HELP: &str = "\
The image is all that Interpreter::new would compute, and a memory plan that took longer to find.
Interpreter::from_prepared reads it from flash: its arena holds activations and variables only.
The image is for this model and for these operators in this order. It runs on every processor; with
--target or --feature it has besides what the loops of a feature of the library read of an image.
A device reads less of the model than there is: --lean writes that, and the image for it. A model
with custom operators or lookup tables stays whole.
The macro bantam::model! does all of that while a program is compiled.

Examples:
  bantam prepare digits.tflite
  bantam prepare digits.tflite --output digits.image
  bantam prepare digits.tflite --output digits.image --lean digits.lean
  bantam prepare digits.tflite --target thumbv7em-none-eabihf
  bantam prepare digits.tflite --json | jq .arena_bytes

Keys of --json:
  model            path of the model
  image_bytes      size of the image
  arena_bytes      size of the arena, at an address that is a multiple of alignment
  alignment        1 if all activations are bytes
  overlay_bytes    activations and scratch, which share memory over time
  variable_bytes   what is kept between inferences; these two add up to arena_bytes
  lean_bytes       with --lean: what a device reads of the model
  features         with --target: those of the crate bantam that have loops for its cores
  feature          the one that the image is for, if --target or --feature says that
  operators        array of paths within the crate bantam, in the order of the operator list";

pub(super) const BENCH_HELP: &str = "\
Inputs are pseudo-random, the same in every run. The time includes writing them, and is the CPU
time of the one thread that runs the model, where the system can say. --sharing tells what memory
that is shared costs in time: outputs over their inputs are written in the order that permits it.

Examples:
  bantam bench digits.tflite
  bantam bench digits.tflite --sharing apart
  bantam bench digits.tflite --seconds 5 --json | jq .invoke_us

Keys of --json:
  model            path of the model
  invoke_us        median time of an inference in microseconds
  invoke_min_us    the fastest sample
  samples, batch   how many samples, and how many inferences one sample is the mean of
  clock            \"thread\" (CPU time) or \"wall\"
  arena_bytes      size of the arena
  output_hash      FNV-1a-64 of all outputs after the first inference, 16 hex digits
  operators        array of {index, operator, us, share}: median time of each node, measured
                   apart from the rest";

pub(super) const PLAN_HELP: &str = "\
A model: its memory as a chart (time to the right, addresses upwards; where an output lies over its
input, both letters stand in the step), what makes the peak, and with --output the model with its
plan. Bantam checks that plan and uses it; the operators are in the order that needs the least. For
TensorFlow Lite Micro, the model carries a plan without overlaps beside it.

  bantam plan digits.tflite
  bantam plan digits.tflite --compare --svg memory.svg
  bantam plan digits.tflite --output planned.tflite

Keys of --json for a model:
  model             path of the model
  overlay_bytes     the highest end of a buffer, rounded up to 16
  lower_bound_bytes no plan of these buffers needs less
  proven            whether the plan is optimal
  arena_bytes       size of the arena that the planned model needs
  nodes             how many buffers the search placed
  reordered         whether the operators run in another order
  steps             array of {operator, source, bytes}: step 0 is before the first node; source is the
                    node's index in MODEL, bytes are in use
  peak_step         the first step in which the most bytes are in use
  buffers           array of {name, tensor, type, shape, offset, bytes, first, last, over,
                    shared_bytes, backwards, base}; first and last are steps, over and base
                    indices of buffers; tensor, type and shape are null for scratch
  techniques        with --compare: array of {name, overlay_bytes, lower_bound_bytes, proven}
  seconds           how long it took

With --for tflm or tflm-disjoint, MODEL is planned for TensorFlow Lite Micro, and --output is a
copy of it that carries the offsets. With tflm outputs lie over inputs: that is for the reference
kernels only. docs/tflm-plans.md says more.

  bantam plan --for tflm model.tflite --output planned.tflite
  bantam plan --for tflm-disjoint model.tflite --output planned.tflite

Keys of --json then:
  model             path of the model
  runtime           \"tflm\" or \"tflm-disjoint\"
  tflm_head_bytes   the non-persistent part of TFLM's arena for the model as it is
  head_bytes        the same with the plan, never more
  lower_bound_bytes no plan needs less
  proven            whether the plan is optimal
  planned           false if no plan is smaller: the file that is written is the model as it is
  overlaps          array of {node, operator, output, input, bytes}: outputs over inputs, with the
                    names of the tensors and the bytes that they share
  seconds           how long it took

With --csv, buffers from a file. The first line names its columns: id, lower, upper (or end, which is
inclusive) and size; for --region also regions, as in 0|2, and weight. Names with commas stand in
double quotes. The columns offset, region and hint are ignored; any other, such as MiniMalloc's
alignment and gaps, is an error. A line #relax,out_row,in_row,below,above permits the buffer in row
out_row to overlap the one in row in_row (rows count from 0), which dies where the other is born: it
may lie so far below it or above it, offset to offset. A line #view,row,base_row,offset makes the
buffer in row a view of the one in base_row, its base: it takes no memory of its own, and lies so
many bytes behind the start of the base, which lives as long as both.

  bantam plan --csv buffers.csv
  bantam plan --csv buffers.csv --output offsets.csv --json | jq .peak_bytes
  bantam plan --csv buffers.csv --capacity 1048576
  bantam plan --csv buffers.csv --region dtcm=65536 --region sram=262144 --region psram=unlimited@8

Keys of --json then:
  file              path of the file
  buffers           how many there are
  views             how many of them are views of others
  peak_bytes        the highest end of a buffer
  lower_bound_bytes no plan needs less
  proven            whether the plan is optimal
  nodes             how many buffers the search placed
  seconds           how long it took

With --capacity, in place of lower_bound_bytes and proven:
  capacity_bytes    what was asked for
  fits              whether a plan exists; null if the nodes ran out before that was known
and peak_bytes is null unless one was found.

With --region, buffers go where their accesses cost least. Columns regions (as in 0|2; empty: any)
and weight (accesses to each byte; empty: 1) of the file say what each one wants; those of a #view
are empty, since it goes where its base goes. --json has no
peak_bytes and lower_bound_bytes then, proven is about the cost, and there are:
  regions           array of {name, capacity_bytes, cost, buffers, peak_bytes, lower_bound_bytes};
                    capacity_bytes is null for an unlimited one
  cost              the sum of bytes, times weight, times cost of the region
  lower_bound_cost  no assignment costs less";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_any_terminal() {
        for text in [CHECK_HELP, COMPARE_HELP, RUN_HELP, INSPECT_HELP, SIZE_HELP, PLAN_HELP] {
            for columns in [60, 80, 100] {
                let fitted = fitted(text, columns);
                for line in fitted.lines().filter(|line| is_entry(line) || !line.starts_with(' ')) {
                    assert!(line.chars().count() <= columns, "{columns}: {line}");
                }
                // No word is lost.
                assert!(fitted.split_whitespace().eq(text.split_whitespace()), "{fitted}");
            }
        }
    }

    #[test]
    fn meanings_stay_in_their_column() {
        let text = "One two\nthree.\n\nKeys:\n  key    what it\n         means\n  bantam size m";
        assert_eq!(
            fitted(text, 14),
            "One two three.\n\nKeys:\n  key    what\n         it\n         means\n  bantam size m"
        );
    }
}
