//! Operators that run other subgraphs.

use bantam_schema::options::{AddOptions, CallOnceOptions, IfOptions, SubOptions, WhileOptions};
use bantam_schema::write::{SubgraphBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use super::state;
use crate::params::join;
use crate::usual::{BOOL, F32, I8, I16, I32, MAP, SMALL};
use crate::{Case, Entry, Params, Tensor};

const TYPES: &[TensorType] = &[I8, I32, F32];

pub(super) fn entries() -> Vec<Entry> {
    let usual =
        |entry: Entry| entry.test([SMALL, &[3]].map(Params::of)).bench_of(&[I8], [Params::of(MAP)]);
    vec![
        usual(Entry::new(Op::CALL_ONCE, &[I8, I16, I32, F32], call_once)),
        usual(Entry::new(Op::IF, TYPES, if_else)),
        usual(Entry::new(Op::WHILE, TYPES, while_loop)),
    ]
}

/// The first inference gives a constant, each that follows the input of the one before it.
fn call_once(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    let case = Case::new(join(&input.shape), [input.clone()], input, Options::None);
    Some(case.around(|case, model| {
        let graph = &mut model.subgraph("main");
        let [input, output] =
            [&case.inputs[0], &case.outputs[0]].map(|each| graph.tensor(each.spec()));
        let options = CallOnceOptions { init_subgraph_index: 1 };
        graph.operator(Op::CALL_ONCE, &[], &[], options);
        let handle = state::handle(graph, "a");
        state::read(graph, handle, output);
        graph.operator(Op::ASSIGN_VARIABLE, &[handle, input], &[], Options::None);
        graph.inputs(&[input]).outputs(&[output]);
        let init = &mut model.subgraph("init");
        let handle = state::handle(init, "a");
        let first = init.tensor(case.inputs[0].clone().noise(7).spec());
        init.operator(Op::ASSIGN_VARIABLE, &[handle, first], &[], Options::None);
    }))
}

/// A sum, or else a difference.
fn if_else(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    let [condition, other] = [Tensor::new(BOOL, &[]), input.result()];
    let inputs = [condition, input.clone(), other];
    let case = Case::new(join(&input.shape), inputs, input, Options::None);
    Some(case.around(|case, model| {
        let graph = &mut model.subgraph("main");
        let inputs: Vec<i32> = case.inputs.iter().map(|each| graph.tensor(each.spec())).collect();
        let output = graph.tensor(case.outputs[0].spec());
        let options = IfOptions { then_subgraph_index: 1, else_subgraph_index: 2 };
        graph.operator(Op::IF, &inputs, &[output], options);
        graph.inputs(&inputs).outputs(&[output]);
        let branches: [(_, Options<'_>); 2] =
            [(Op::ADD, AddOptions::default().into()), (Op::SUB, SubOptions::default().into())];
        for (operator, options) in branches {
            let branch = &mut model.subgraph("branch");
            let inputs: Vec<i32> =
                case.inputs[1..].iter().map(|each| branch.tensor(each.spec())).collect();
            let output = branch.tensor(case.outputs[0].spec());
            branch.operator(operator, &inputs, &[output], options);
            branch.inputs(&inputs).outputs(&[output]);
        }
    }))
}

/// Doubles a tensor as long as a counter is less than three.
fn while_loop(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    let counter = Tensor::indices(&[1], 5);
    let case = Case::new(
        join(&input.shape),
        [counter.clone(), input.clone()],
        input.clone(),
        Options::None,
    )
    .outputs(vec![counter, input]);
    Some(case.around(|case, model| {
        let carried =
            |graph: &mut SubgraphBuilder<'_>| [0, 1].map(|at| graph.tensor(case.inputs[at].spec()));
        let number = |value: i32| TensorSpec::new("number", I32, &[1]).data_i32(&[value]);
        let graph = &mut model.subgraph("main");
        let (inputs, outputs) = (carried(graph), carried(graph));
        let options = WhileOptions { cond_subgraph_index: 1, body_subgraph_index: 2 };
        graph.operator(Op::WHILE, &inputs, &outputs, options);
        graph.inputs(&inputs).outputs(&outputs);
        let condition = &mut model.subgraph("condition");
        let inputs = carried(condition);
        let [limit, goes_on] =
            [number(3), TensorSpec::new("goes_on", BOOL, &[1])].map(|spec| condition.tensor(spec));
        condition.operator(Op::LESS, &[inputs[0], limit], &[goes_on], Options::None);
        condition.inputs(&inputs).outputs(&[goes_on]);
        let body = &mut model.subgraph("body");
        let (inputs, outputs) = (carried(body), carried(body));
        let one = body.tensor(number(1));
        body.operator(Op::ADD, &[inputs[0], one], &[outputs[0]], AddOptions::default());
        body.operator(Op::ADD, &[inputs[1], inputs[1]], &[outputs[1]], AddOptions::default());
        body.inputs(&inputs).outputs(&outputs);
    }))
}
