/* main.c: the table of verbs, signals, and the way in and out. */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const cli_command cli_command_table[] = {
    {"train", "lm", VERB_TRAIN_LM, "trains a language model on a text", "[TEXT] [--flags]",
     "  rondo train lm book.txt -o runs/book\n"
     "  rondo train lm ptb.train.txt --level word --valid ptb.valid.txt --tie\n"
     "  rondo train lm -o runs/book --resume --epochs 20\n",
     0, 1, false, cmd_train_lm},
    {"train", "bilm", VERB_TRAIN_BILM, "language models from both ends: contextual vectors", "[TEXT] [--flags]",
     "  rondo train bilm sentences.txt --lines -o runs/bilm\n"
     "  rondo train bilm sentences.txt --lines --tokenizer tok.json --hidden 512\n"
     "  rondo train tagger train.conll --context runs/bilm -o runs/ner\n",
     0, 1, false, cmd_train_lm},
    {"train", "nplm", VERB_TRAIN_NPLM, "a language model of the few words before (Bengio 2003)", "[TEXT] [--flags]",
     "  rondo train nplm ptb.train.txt --valid ptb.valid.txt -o runs/nplm\n"
     "  rondo train nplm ptb.train.txt --order 5 --embed 30 --hidden 50 --direct\n"
     "  rondo eval runs/nplm test.txt --mix runs/kn3\n",
     0, 1, false, cmd_train_nplm},
    {"train", "ngram", VERB_TRAIN_NGRAM, "a model of the n-grams of a text: counted, not learned", "[TEXT] [--flags]",
     "  rondo train ngram corpus.txt --order 5 -o runs/kn5\n"
     "  rondo train ngram ptb.train.txt --valid ptb.valid.txt --prune 0,0,1\n"
     "  rondo train ngram model.arpa.gz --arpa -o runs/theirs\n",
     0, 1, false, cmd_train_ngram},
    {"train", "adding", VERB_TRAIN_ADDING, "the adding problem: how far back can it learn?", "[--flags]",
     "  rondo train adding --cell lstm --length 200 -o runs/lstm\n"
     "  rondo train adding --cell rnn --length 200 -o runs/rnn\n"
     "  rondo report runs/rnn runs/lstm -o both.html\n",
     0, 0, false, cmd_train_adding},
    {"train", "embeddings", VERB_TRAIN_EMBEDDINGS, "a vector for each word of a text", "[TEXT] [--flags]",
     "  rondo train embeddings corpus.txt.zst -o runs/vec\n"
     "  rondo train embeddings corpus.txt --model cbow --subword 3-6 --phrases 2\n"
     "  rondo train embeddings corpus.txt --model glove --dim 100 --epochs 15\n",
     0, 1, false, cmd_train_embeddings},
    {"train", "tagger", VERB_TRAIN_TAGGER, "a label for each word, time step or base", "[DATA] [--flags]",
     "  rondo train tagger train.conll --valid dev.conll --test test.conll -o runs/ner\n"
     "  rondo train tagger train.conllu --column upos --no-crf -o runs/upos\n"
     "  rondo train tagger genome.tsv --input dna -o runs/genes\n",
     0, 1, false, cmd_train_tagger},
    {"train", "classifier", VERB_TRAIN_CLASSIFIER, "labels for whole texts, series or DNA", "[DATA] [--flags]",
     "  rondo train classifier reviews.tsv -o runs/stars\n"
     "  rondo train classifier news.jsonl --model bag --ngrams 2 --seeds 1,2,3\n"
     "  rondo train classifier ecg.csv --input series --folds 5\n",
     0, 1, false, cmd_train_classifier},
    {"tag", NULL, VERB_TAG, "labels words, steps or bases with a tagger", "RUN [FILE] [--flags]",
     "  rondo tag runs/ner < text.txt\n"
     "  rondo tag runs/ner text.txt --format html > text.html\n"
     "  rondo tag runs/genes genome.fa --format jsonl\n",
     1, 2, false, cmd_tag},
    {"classify", NULL, VERB_CLASSIFY, "labels texts or sequences with a classifier", "RUN [FILE] [--flags]",
     "  rondo classify runs/stars < lines.txt\n"
     "  rondo classify runs/stars -k 3 --json < lines.txt\n"
     "  rondo classify runs/ecg beats.csv\n",
     1, 2, false, cmd_classify},
    {"generate", NULL, VERB_GENERATE, "writes text with a language model", "RUN [--flags]",
     "  rondo generate runs/book --prompt \"It was\" --length 400\n"
     "  rondo generate runs/book --temperature 0.7 --top-k 40 --top-p 0.95 --seed 7\n",
     1, 1, false, cmd_generate},
    {"eval", NULL, VERB_EVAL, "measures a model on a text or on labelled data", "RUN FILE [--flags]",
     "  rondo eval runs/book other.txt\n"
     "  rondo eval runs/ner test.conll\n"
     "  rondo eval runs/book long.txt --streams 32\n"
     "  rondo eval runs/lstm test.txt --mix runs/kn5 --cache 500 --valid valid.txt\n"
     "  rondo eval runs/book - --json < other.txt\n",
     2, 2, false, cmd_eval},
    {"score", NULL, VERB_SCORE, "log-probability, tokens and perplexity of each line", "RUN [FILE] [--flags]",
     "  rondo score runs/book < sentences.txt\n"
     "  rondo score runs/book sentences.txt | sort -rn | head\n",
     1, 2, false, cmd_score},
    {"next", NULL, VERB_NEXT, "ranks what may come next, with probabilities", "RUN [--flags]",
     "  rondo next runs/book --prompt \"in the\" -n 10\n"
     "  rondo next runs/book --prompt \"in the\" --json\n",
     1, 1, false, cmd_next},
    {"embed", "nn", VERB_EMBED_NN, "the words nearest to a word", "VECTORS WORD... [--flags]",
     "  rondo embed nn runs/vec paris\n"
     "  rondo embed nn glove.txt paris rome -k 5\n"
     "  rondo embed nn cc.en.bin mispeling --json\n",
     2, 4096, false, cmd_embed_nn},
    {"embed", "analogy", VERB_EMBED_ANALOGY, "A is to B as C is to ?", "VECTORS A B C [--flags]",
     "  rondo embed analogy runs/vec man king woman\n"
     "  rondo embed analogy glove.txt paris france rome --method mul\n",
     4, 4, false, cmd_embed_analogy},
    {"embed", "eval", VERB_EMBED_EVAL, "how many analogies vectors solve", "VECTORS QUESTIONS [--flags]",
     "  rondo embed eval runs/vec questions-words.txt\n"
     "  rondo embed eval glove.txt questions-words.txt --vocab-limit 30000\n",
     2, 2, false, cmd_embed_eval},
    {"embed", "similarity", VERB_EMBED_SIMILARITY, "do vectors find alike what people do?", "VECTORS PAIRS... [--flags]",
     "  rondo embed similarity runs/vec wordsim.tsv simlex.tsv\n", 2, 64, false, cmd_embed_similarity},
    {"embed", "map", VERB_EMBED_MAP, "a picture of vectors: one page to look at", "VECTORS|MATRIX [--flags]",
     "  rondo embed map runs/vec --words top:2000 -o map.html\n"
     "  rondo embed map digits.npy --labels digits.txt -o digits.html\n"
     "  rondo embed map runs/vec --words animals.txt --method pca -o animals.svg\n",
     1, 1, false, cmd_embed_map},
    {"embed", "debias", VERB_EMBED_DEBIAS, "takes a difference out of vectors, gender say", "VECTORS --pairs FILE [--flags]",
     "  rondo embed debias runs/vec --pairs gender.txt -o runs/fair\n"
     "  rondo embed debias runs/vec --pairs gender.txt --neutral jobs.txt\n",
     1, 1, false, cmd_embed_debias},
    {"embed", "quantize", VERB_EMBED_QUANTIZE, "vectors in 8 bits a number or 1, and what is lost", "VECTORS [--flags]",
     "  rondo embed quantize runs/vec -o runs/small\n"
     "  rondo embed quantize runs/vec --bits 1 --similarity wordsim.tsv\n",
     1, 1, false, cmd_embed_quantize},
    {"convert", NULL, VERB_CONVERT, "vectors and n-gram models in other layouts", "FROM TO [--flags]",
     "  rondo convert runs/vec vectors.bin\n"
     "  rondo convert cc.en.300.bin vectors.txt\n"
     "  rondo convert glove.txt runs/glove\n"
     "  rondo convert runs/kn5 kn5.arpa\n",
     2, 2, false, cmd_convert},
    {"info", NULL, VERB_INFO, "what a model is, how it was trained, how good it is", "RUN [--flags]",
     "  rondo info runs/book\n"
     "  rondo info model.safetensors --json\n",
     1, 1, false, cmd_info},
    {"report", NULL, VERB_REPORT, "a page about one or several runs: one HTML file", "RUN... [--flags]",
     "  rondo report runs/book\n"
     "  rondo report runs/rnn runs/lstm -o both.html\n",
     1, 16, false, cmd_report},
    {"check-data", NULL, VERB_CHECK_DATA, "what a data set holds, and what is odd about it", "FILE [--flags]",
     "  rondo check-data train.conll --valid dev.conll --test test.conll\n"
     "  rondo check-data reviews.csv --label stars --text review\n"
     "  rondo check-data ecg.csv --input series --json\n",
     1, 1, false, cmd_check_data},
    {"tokenizer", "train", VERB_TOKENIZER_TRAIN, "learns how to cut texts into tokens", "TEXT... [--flags]",
     "  rondo tokenizer train book.txt --vocab 8000 -o tok.json\n"
     "  rondo tokenizer train a.txt b.txt.zst --type unigram -o tok.json\n"
     "  rondo tokenizer train corpus.txt --type wordpiece --normalize nfc -o tok.json\n",
     1, 4096, false, cmd_tokenizer_train},
    {"tokenizer", "encode", VERB_TOKENIZER_ENCODE, "the ids of each line of a text", "TOKENIZER [FILE] [--flags]",
     "  rondo tokenizer encode tok.json < text.txt\n"
     "  rondo tokenizer encode vocab.txt text.txt --tokens\n"
     "  rondo tokenizer encode tok.json text.txt --json --sample 0.1\n",
     1, 2, false, cmd_tokenizer_encode},
    {"tokenizer", "decode", VERB_TOKENIZER_DECODE, "the text of each line of ids", "TOKENIZER [FILE] [--flags]",
     "  rondo tokenizer encode tok.json < text.txt | rondo tokenizer decode tok.json\n",
     1, 2, false, cmd_tokenizer_decode},
    {"tokenizer", "info", VERB_TOKENIZER_INFO, "what a tokenizer is, and what it makes of a text", "TOKENIZER [TEXT] [--flags]",
     "  rondo tokenizer info tok.json\n"
     "  rondo tokenizer info tok.json book.txt --compare other.json\n"
     "  rondo tokenizer info sentencepiece.model -o tokenizer.json\n",
     1, 2, false, cmd_tokenizer_info},
    {"doctor", NULL, VERB_DOCTOR, "checks this machine and this build", "[--flags]",
     "  rondo doctor\n"
     "  rondo doctor --json\n",
     0, 0, true, cmd_doctor},
    {"bench", NULL, VERB_BENCH, "what the machine can do, and each operation's share of it", "[OPERATION] [--flags]",
     "  rondo bench\n"
     "  rondo bench lstm --seconds 1\n",
     0, 1, false, cmd_bench},
    {"completion", NULL, VERB_COMPLETION, "completion for bash", "bash", "  source <(rondo completion bash)\n", 1, 1, true, cmd_completion},
    {"help", NULL, VERB_HELP, "help of a verb, or of all", "[VERB [SUBJECT]] [--flags]",
     "  rondo help train lm\n"
     "  rondo help --man > rondo.1\n",
     0, 2, true, cmd_help},
};
const int cli_command_count = sizeof cli_command_table / sizeof *cli_command_table;

/* ---- signals: ask the library to stop; the second time, leave ---- */

static rn_context *volatile running;
static volatile sig_atomic_t caught;

static void on_signal(int signal) {
  if (caught || !running) _exit(128 + signal);
  caught = signal;
  rn_context_stop(running);
}

int cli_signal_code(void) { return caught ? 128 + caught : 0; }

static void catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write, which main sees */
}

/* ---- the context ---- */

static void on_log(void *user, rn_log_level level, const char *line) {
  const cli *c = user;
  if (c->muted) return;
  if (level == RN_LOG_WARNING) cli_warn("%s", line);
  else if (level == RN_LOG_INFO) cli_say(c, "%s", line);
}

static int make_context(cli *c) {
  rn_context_options options = rn_context_options_default();
  options.n_threads = (int)opt_int(&c->options, "threads");
  options.isa = opt_choice(&c->options, "isa") ? opt_text(&c->options, "isa") : NULL;
  options.log = on_log;
  options.log_user = c;
  char error[512] = "";
  rn_status status = rn_context_new(&options, &c->ctx, error, sizeof error);
  if (status != RN_OK) return cli_fail(status == RN_ERROR_ARGUMENT ? EXIT_USAGE : EXIT_RUN, "%s", error);
  running = c->ctx;
  return EXIT_DONE;
}

/* ---- verbs ---- */

/* The verb of argv[1], and the subject of argv[2] where the verb has subjects; *first: what follows them. */
static const cli_command *find_command(int argc, char **argv, int *first) {
  const char *verbs[64], *subjects[64];
  int n_verbs = 0, n_subjects = 0;
  for (int i = 0; i < cli_command_count; i++) {
    const cli_command *command = &cli_command_table[i];
    verbs[n_verbs++] = command->verb;
    if (strcmp(command->verb, argv[1]) != 0) continue;
    *first = command->subject ? 3 : 2;
    if (!command->subject || (argc > 2 && strcmp(command->subject, argv[2]) == 0)) return command;
    subjects[n_subjects++] = command->subject;
  }
  verbs[n_verbs] = subjects[n_subjects] = NULL;
  if (n_subjects > 0) {
    bool asks = argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
    const char *near = argc > 2 ? cli_nearest(argv[2], subjects) : NULL;
    if (asks) cli_help_verb(stdout, argv[1]);
    else if (argc <= 2) cli_fail(EXIT_USAGE, "rondo %s what? for example: rondo %s %s", argv[1], argv[1], subjects[0]);
    else
      cli_fail(EXIT_USAGE, "rondo %s does not know '%s'; did you mean: rondo %s %s?", argv[1], argv[2], argv[1], near ? near : subjects[0]);
    *first = asks ? 0 : -1;
    return NULL;
  }
  const char *near = cli_nearest(argv[1], verbs);
  if (near) cli_fail(EXIT_USAGE, "unknown verb '%s'; did you mean: rondo %s?", argv[1], near);
  else cli_fail(EXIT_USAGE, "unknown verb '%s'; see rondo --help", argv[1]);
  *first = -1;
  return NULL;
}

static int run_command(cli *c, int first) {
  const cli_command *command = c->command;
  if (!cli_options_parse(&c->options, command->bit, c->argc, c->argv, first)) return EXIT_USAGE;
  if (opt_bool(&c->options, "help")) return cli_help(stdout, command), EXIT_DONE;
  int n = c->options.n_args;
  if (n < command->min_args || n > command->max_args) {
    const char *subject = command->subject ? command->subject : "", *space = command->subject ? " " : "";
    if (n > command->max_args) cli_fail(EXIT_USAGE, "too many arguments: '%s'", c->options.args[command->max_args]);
    else cli_fail(EXIT_USAGE, "rondo %s%s%s wants more than %d argument%s", command->verb, space, subject, n, n == 1 ? "" : "s");
    fprintf(stderr, "usage: rondo %s%s%s %s\nfor example:\n%s", command->verb, space, subject, command->usage, command->examples);
    return EXIT_USAGE;
  }
  c->json = opt_bool(&c->options, "json");
  c->quiet = opt_bool(&c->options, "quiet");
  int code = command->no_context ? EXIT_DONE : make_context(c);
  return code ? code : command->run(c);
}

int main(int argc, char **argv) {
  cli c = {.argc = argc, .argv = argv};
  catch_signals();
  int first = 0, code = EXIT_DONE;
  if (argc < 2) {
    cli_help_program(stderr);
    return EXIT_USAGE;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) cli_help_program(stdout);
  else if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) printf("rondo %s\n", rn_version());
  else if ((c.command = find_command(argc, argv, &first))) code = run_command(&c, first);
  else code = first < 0 ? EXIT_USAGE : EXIT_DONE;

  cli_options_free(&c.options);
  running = NULL;
  rn_context_free(c.ctx);
  /* What was written must have arrived. A reader that went away has had what it wanted. */
  if (fflush(stdout) != 0 || ferror(stdout)) {
    if (errno != EPIPE && code == EXIT_DONE) code = cli_fail(EXIT_RUN, "cannot write to standard output: %s", strerror(errno));
  }
  return code;
}
