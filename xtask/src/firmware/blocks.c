// A plugin of QEMU: counts how often each block of code is executed during each call of a function.
//
//   -plugin blocks.so,entry=ADDRESS,out=FILE
//
// For each call that returns, FILE gets a line `call`, and for each block that was executed in it
// a line `ADDRESS INSTRUCTIONS TIMES TAKEN`: the first instruction, the number of instructions, how
// often it was executed, and how often another one than the next in memory followed.
//
// The declarations are those that this needs of QEMU's interface for plugins, version 1.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int,
                                          void *);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);

EXPORT int qemu_plugin_version = 1;

struct block {
    uint64_t start, end, instructions, times, taken;
    struct block *next;
};

static struct block *blocks, *last;
static uint64_t entry, return_to;
static int is_inside;
static FILE *out;

static void forget(void) {
    for (struct block *block = blocks; block; block = block->next)
        block->times = block->taken = 0;
}

static void print(void) {
    fprintf(out, "call\n");
    for (struct block *block = blocks; block; block = block->next)
        if (block->times)
            fprintf(out, "%llu %llu %llu %llu\n", (unsigned long long)block->start,
                    (unsigned long long)block->instructions, (unsigned long long)block->times,
                    (unsigned long long)block->taken);
}

static void on_block(unsigned cpu, void *data) {
    struct block *block = data;
    (void)cpu;
    if (last && last->end != block->start)
        last->taken++;
    if (is_inside && block->start == return_to) {
        print();
        is_inside = 0;
    }
    if (!is_inside && last && block->start == entry) {
        // It was called: it returns to what lies behind the call.
        return_to = last->end;
        is_inside = 1;
        forget();
    }
    block->times++;
    last = block;
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *tb) {
    size_t count = qemu_plugin_tb_n_insns(tb);
    struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);
    struct qemu_plugin_insn *final = qemu_plugin_tb_get_insn(tb, count - 1);
    uint64_t start = qemu_plugin_insn_vaddr(first);
    uint64_t end = qemu_plugin_insn_vaddr(final) + qemu_plugin_insn_size(final);
    struct block *block = blocks;
    // The same code may be translated again.
    while (block && (block->start != start || block->end != end))
        block = block->next;
    if (!block) {
        block = calloc(1, sizeof *block);
        if (!block)
            abort();
        *block = (struct block){.start = start, .end = end, .instructions = count, .next = blocks};
        blocks = block;
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, 0, block);
    (void)id;
}

static void on_exit_of_qemu(plugin_id id, void *data) {
    (void)id;
    (void)data;
    fclose(out);
}

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv) {
    (void)info;
    for (int at = 0; at < argc; at++) {
        if (!strncmp(argv[at], "entry=", 6))
            entry = strtoull(argv[at] + 6, NULL, 0);
        else if (!strncmp(argv[at], "out=", 4))
            out = fopen(argv[at] + 4, "w");
    }
    if (!entry || !out) {
        fprintf(stderr, "blocks: entry=ADDRESS,out=FILE are needed\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
