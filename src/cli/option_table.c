/* option_table.c: every option of the program, in the order of --help. */
#include "options.h"

#define DATA "Data"
#define MODEL "Model"
#define REGULARISATION "Regularisation"
#define OPTIMISATION "Optimisation"
#define START "Start"
#define RUN "Run"
#define SAMPLING "Sampling"
#define MIXTURE "Mixture"
#define TEXT "Text"
#define VECTORS "Vectors"
#define GENERAL "General"

#define BILM VERB_TRAIN_BILM
#define LM (VERB_TRAIN_LM | BILM) /* recurrent ones */
#define EMBEDDINGS VERB_TRAIN_EMBEDDINGS
#define NGRAM VERB_TRAIN_NGRAM
#define TAGGER VERB_TRAIN_TAGGER
#define CLASSIFIER VERB_TRAIN_CLASSIFIER
#define SEQUENCES VERBS_SEQUENCES
#define NPLM VERB_TRAIN_NPLM
#define TEXTS (LM | NPLM | SEQUENCES)
#define RECURRENT (VERBS_TRAIN & ~NPLM)
#define LABELLED VERBS_LABELLED
#define READING (VERBS_LABELLED | VERB_CLASSIFY) /* files of columns */
#define TRAIN VERBS_TRAIN
#define PROMPTED (VERB_GENERATE | VERB_NEXT)
#define CACHED (PROMPTED | VERB_EVAL)
#define MIXED (CACHED | VERB_SCORE)
#define SEEDED (VERB_EMBED_MAP | EMBEDDINGS | VERBS_TRAIN | VERB_GENERATE | VERB_TOKENIZER_ENCODE)
#define JSON (NGRAM | VERBS_EMBED | VERB_CONVERT | EMBEDDINGS | VERBS_TRAIN | VERBS_MODEL | VERBS_TOKENIZER | VERB_DOCTOR | VERB_BENCH | VERB_CHECK_DATA)
#define THREADED (JSON | VERB_REPORT)

#define MAP VERB_EMBED_MAP
#define DEBIAS VERB_EMBED_DEBIAS

#define SWITCH(name, verbs, group, words) \
  { name, 0, CLI_BOOL, verbs, group, .initial = "false", .help = words }
#define TRANSIENT(name, letter, verbs, group, words) \
  { name, letter, CLI_BOOL, verbs, group, .initial = "false", .help = words, .transient = true }
#define INTEGER(name, verbs, group, value, lo, hi, words, ...) \
  { name, 0, CLI_INT, verbs, group, "N", value, .min = lo, .max = hi, .help = words, __VA_ARGS__ }
#define REAL(name, verbs, group, value, lo, hi, words, ...) \
  { name, 0, CLI_FLOAT, verbs, group, "X", value, .min = lo, .max = hi, .help = words, __VA_ARGS__ }
#define WORDS(name, verbs, group, what, words, ...) \
  { name, 0, CLI_STRING, verbs, group, what, .help = words, __VA_ARGS__ }
#define STEPS(name, verbs, group, value, words, ...) \
  { name, 0, CLI_STEPS, verbs, group, "N", value, .min = 0, .max = 1e12, .help = words, __VA_ARGS__ }
#define CHOICE(name, verbs, group, value, list, words) \
  { name, 0, CLI_CHOICE, verbs, group, "WORD", value, .choices = list, .help = words }
#define FILENAME(name, letter, verbs, group, words, ...) \
  { name, letter, CLI_PATH, verbs, group, "FILE", .help = words, __VA_ARGS__ }

const cli_option cli_option_table[] = {
  FILENAME("data", 0, NGRAM, DATA, "the text, plain, .gz or .zst; usually given without the flag"),
  SWITCH("arpa", NGRAM, DATA, "the data is an ARPA file, a model made elsewhere, which is taken as it is"),
  CHOICE("level", NGRAM, DATA, "word", "char word", "what a token is"),
  FILENAME("tokenizer", 0, NGRAM, DATA, "tokens are those of this tokenizer, or of the one of this model"),
  { "lines", 0, CLI_BOOL, NGRAM, DATA, .initial = "true", .shown = "words: yes; else no",
    .help = "each line is a sequence of its own, not one stream" },
  INTEGER("vocab", NGRAM, DATA, "0", 0, 1e8, "keep the N most frequent symbols; 0: all"),
  INTEGER("min-count", NGRAM, DATA, "0", 0, 1e9, "symbols seen less often are unknown", .shown = "1; words: 2, but 1 where the text has <unk>"),
  INTEGER("memory", NGRAM, DATA, "1G", 1e6, 1e13, "bytes for counting; what is more is sorted on the disk"),
  FILENAME("valid", 0, NGRAM, DATA, "a text to measure the model on"),
  FILENAME("test", 0, NGRAM, DATA, "another, measured once, at the end"),
  FILENAME("data", 0, EMBEDDINGS, DATA, "the text; usually given without the flag"),
  INTEGER("min-count", EMBEDDINGS, DATA, "5", 1, 1e9, "words seen less often are left out"),
  INTEGER("max-vocab", EMBEDDINGS, DATA, "0", 0, 1e9, "keep the N most frequent words; 0: all"),
  INTEGER("phrases", EMBEDDINGS, DATA, "0", 0, 16, "passes in which pairs of words that stand together become one, a_b"),
  REAL("phrase-threshold", EMBEDDINGS, DATA, "100", 0, 1e12, "how many times as often as chance a phrase comes, at least"),
  INTEGER("memory", EMBEDDINGS, DATA, "2G", 0, 1e13, "bytes for the text's words and for counting; what is more goes to files"),
  FILENAME("temporary", 0, EMBEDDINGS, DATA, "folder for these", .shown = "the working folder", .transient = true),
  FILENAME("data", 0, LM | NPLM, DATA, "the training text; usually given without the flag"),
  FILENAME("data", 0, SEQUENCES, DATA, "the training data; usually given without the flag"),
  CHOICE("input", SEQUENCES | VERB_CHECK_DATA, DATA, "words", "words series dna frames",
         "what a sequence is made of: words, numbers, bases, or frames of a video (NPY files that the data names)"),
  CHOICE("task", VERB_CHECK_DATA, DATA, "auto", "auto tagger classifier", "a label for each row, or for each sequence"),
  CHOICE("format", READING, DATA, "auto", "auto conll conllu tsv csv jsonl fasttext words fasta ts wide long npy",
         "how the data is written"),
  CHOICE("format", VERB_TAG, DATA, "text", "text conll jsonl html", "how the answer is written"),
  WORDS("column", LABELLED, DATA, "COLUMN", "CoNLL: of the tag; a number, from the end by -1; CoNLL-U also upos, xpos, ...",
        .shown = "the last; upos"),
  WORDS("text", READING | VERB_TAG, DATA, "COLUMN", "TSV, CSV, JSONL: of the text, by number or name", .shown = "text, or the second"),
  WORDS("label", READING, DATA, "COLUMN", "of the label, by number or name", .shown = "label, or the first"),
  WORDS("where", READING | VERB_TAG, DATA, "COLUMN=VALUE", "TSV, CSV: only the rows that have this value"),
  WORDS("id", READING, DATA, "COLUMN", "series, long: whose steps they are", .shown = "id"),
  WORDS("time", READING, DATA, "COLUMN", "series, long: the order of the steps", .shown = "time"),
  CHOICE("split", SEQUENCES | VERB_CHECK_DATA | VERB_TAG, DATA, "words", "space words characters", "how a text is cut into words"),
  SWITCH("skip-bad", READING, DATA, "leave bad lines out, and count them"),
  CHOICE("level", VERB_TRAIN_LM, DATA, "char", "char word", "what a token is"),
  FILENAME("tokenizer", 0, LM | NPLM, DATA, "tokens are those of this tokenizer, or of the one of this model"),
  CHOICE("level", NPLM | BILM, DATA, "word", "char word", "what a token is"),
  SWITCH("lines", LM | NPLM | VERB_EVAL, DATA, "each line is a sequence of its own, not one stream"),
  FILENAME("valid", 0, LM | NPLM, DATA, "validation text, instead of the end of the data"),
  FILENAME("valid", 0, TAGGER, DATA, "validation data, instead of the end of the data"),
  FILENAME("valid", 0, CLASSIFIER, DATA, "validation data, instead of a random part of the data"),
  FILENAME("valid", 0, VERB_CHECK_DATA, DATA, "validation data, to be compared with"),
  INTEGER("streams", VERB_EVAL, DATA, "1", 1, 1024,
          "read the text in N parts side by side: faster, but a part remembers only 64 tokens of what was before it; 1 is exact"),
  REAL("valid-fraction", TEXTS, DATA, "0.1", 0, 0.9, "share of the data kept for validation"),
  FILENAME("test", 0, TEXTS, DATA, "measured once, at the end, with the best model"),
  FILENAME("test", 0, VERB_CHECK_DATA, DATA, "test data, to be compared with"),
  INTEGER("vocab", TEXTS, DATA, "0", 0, 1e8, "keep the N most frequent symbols; 0: all"),
  INTEGER("min-count", LM | NPLM, DATA, "0", 0, 1e9, "symbols seen less often are unknown", .shown = "1; words: 2"),
  INTEGER("min-count", SEQUENCES, DATA, "1", 0, 1e9, "words seen less often are unknown"),
  FILENAME("tokenizer", 0, TAGGER, DATA, "words are read as the tokens of this tokenizer, or of the one of this model: none is unknown"),
  FILENAME("tokenizer", 0, CLASSIFIER, DATA, "texts are cut by this tokenizer, or by the one of this model, into tokens in place of words"),
  FILENAME("vectors", 0, SEQUENCES, DATA, "pretrained word vectors: word2vec (.bin or text), GloVe, fastText .vec"),
  FILENAME("context", 0, SEQUENCES, DATA, "words are also read by the states of this model, of `rondo train bilm`"),
  INTEGER("max-length", CLASSIFIER, DATA, "0", 0, 1e9, "rows that are read of a sequence; 0: all"),
  CHOICE("long", CLASSIFIER, DATA, "head", "head ends windows", "of a longer one: its first rows, its first and last, or all in parts"),
  SWITCH("reverse-complement", SEQUENCES, DATA, "DNA: half of the sequences of an epoch are read on the other strand"),
  WORDS("swap-labels", TAGGER, DATA, "PAIRS", "letters that change places on the other strand, as Cc"),
  INTEGER("length", VERB_TRAIN_ADDING, DATA, "200", 4, 1e5, "steps of each sequence"),

  INTEGER("order", NGRAM, MODEL, "5", 1, 8, "words of the longest n-grams"),
  CHOICE("smoothing", NGRAM, MODEL, "kneser-ney", "kneser-ney jelinek-mercer stupid-backoff",
         "modified; deleted interpolation; or counts as they are, for very large texts: scores, no probabilities"),
  REAL("alpha", NGRAM, MODEL, "0.4", 0, 1, "stupid backoff: what a shorter context is worth", .min_open = true),
  WORDS("prune", NGRAM, MODEL, "LIST", "leave out n-grams seen so often or less, order by order, as 0,0,1; the last is for the rest too",
        .shown = "none"),
  CHOICE("model", EMBEDDINGS, MODEL, "skipgram", "skipgram cbow glove",
         "a word predicts its neighbours, neighbours predict a word, or vectors are fitted to counts"),
  INTEGER("dim", EMBEDDINGS, MODEL, "100", 1, 8192, "numbers of a vector"),
  INTEGER("window", EMBEDDINGS, MODEL, "0", 0, 256, "neighbours to each side, at most", .shown = "5; glove: 15"),
  CHOICE("loss", EMBEDDINGS, MODEL, "negative", "negative hierarchical",
         "tell a word from some drawn at random, or follow its Huffman code"),
  INTEGER("negatives", EMBEDDINGS, MODEL, "5", 1, 1024, "words drawn at random for each window"),
  REAL("sample", EMBEDDINGS, MODEL, "1e-3", 0, 1, "words of a larger share of the text are thinned out; 0: none", .max_open = true),
  WORDS("subword", EMBEDDINGS, MODEL, "N-N", "also the runs of letters of a word so long, as 3-6; 0: none", .initial = "0"),
  INTEGER("buckets", EMBEDDINGS, MODEL, "2000000", 1, 1e9, "rows of the table that runs of letters are hashed into"),
  REAL("x-max", EMBEDDINGS, MODEL, "100", 0, 1e12, "glove: pairs that come so often have full weight", .min_open = true),
  REAL("alpha", EMBEDDINGS, MODEL, "0.75", 0, 10, "glove: how the weight of rarer pairs falls"),
  CHOICE("model", CLASSIFIER, MODEL, "rnn", "bag rnn attention cnn",
         "the mean of embeddings, a recurrent network, one with attention, or convolutions"),
  CHOICE("labels", CLASSIFIER, MODEL, "auto", "auto single multi ordinal", "one of several, any number of them, or steps of a scale"),
  CHOICE("cell", RECURRENT, MODEL, "lstm", "rnn relu gru gru-before gru-simple lstm", "recurrent cell"),
  INTEGER("layers", LM, MODEL, "2", 1, 32, "stacked recurrent layers"),
  INTEGER("layers", VERB_TRAIN_ADDING | TAGGER, MODEL, "1", 1, 32, "stacked recurrent layers"),
  INTEGER("layers", CLASSIFIER, MODEL, "1", 1, 32, "stacked recurrent layers, or convolutions one upon the other",
          .shown = "1; cnn of series and frames: 2"),
  INTEGER("hidden", LM, MODEL, "256", 1, 65536, "hidden units of a layer"),
  INTEGER("order", NPLM, MODEL, "5", 2, 9, "a word and the N-1 before it"),
  INTEGER("embed", NPLM, MODEL, "60", 1, 65536, "width of a word's embedding"),
  INTEGER("hidden", NPLM, MODEL, "100", 1, 65536, "hidden units"),
  SWITCH("direct", NPLM, MODEL, "also connect the words to the output directly"),
  INTEGER("hidden", VERB_TRAIN_ADDING, MODEL, "128", 1, 65536, "hidden units of a layer"),
  INTEGER("hidden", TAGGER, MODEL, "100", 1, 65536, "hidden units of a layer, in each direction"),
  INTEGER("hidden", CLASSIFIER, MODEL, "100", 1, 65536, "hidden units of a layer, in each direction", .shown = "100 for words, else 64"),
  SWITCH("bidirectional", VERB_TRAIN_LM, MODEL, "read both ways: refused for a language model"),
  { "bidirectional", 0, CLI_BOOL, SEQUENCES, MODEL, .initial = "true", .shown = "yes", .help = "read both ways" },
  INTEGER("embed", VERB_TRAIN_LM, MODEL, "0", 0, 65536, "embedding size", .shown = "as --hidden"),
  INTEGER("embed", SEQUENCES, MODEL, "100", 0, 65536, "width of a word's embedding; 0: none", .shown = "100; bag: 50"),
  SWITCH("freeze-embed", SEQUENCES, MODEL, "pretrained vectors stay as they are"),
  CHOICE("chars", TAGGER, MODEL, "lstm", "none lstm cnn", "also read the letters of a word"),
  CHOICE("chars", CLASSIFIER, MODEL, "none", "none lstm cnn", "also read the letters of a word"),
  INTEGER("char-embed", SEQUENCES, MODEL, "25", 1, 4096, "width of a letter's embedding"),
  INTEGER("char-hidden", SEQUENCES, MODEL, "25", 1, 4096, "units of each direction, or filters, over the letters"),
  INTEGER("positions", SEQUENCES, MODEL, "0", 0, 64, "columns of waves that say where in its sequence a row stands; 0: none"),
  INTEGER("casing", TAGGER, MODEL, "8", 0, 4096, "width of the embedding of how a word is written; 0: none"),
  INTEGER("casing", CLASSIFIER, MODEL, "0", 0, 4096, "width of the embedding of how a word is written; 0: none"),
  { "fold", 0, CLI_BOOL, SEQUENCES, MODEL, .initial = "true", .shown = "yes",
    .help = "words are looked up in lower case, with 0 for every digit" },
  REAL("unk-rate", SEQUENCES, MODEL, "0.5", 0, 1, "how often a word that was seen once is read as unknown, in training"),
  { "crf", 0, CLI_BOOL, TAGGER, MODEL, .initial = "true", .shown = "yes", .help = "score labels with their neighbours, not alone" },
  CHOICE("scheme", TAGGER, MODEL, "auto", "auto none iob1 iob2 iobes", "how chunks are learned"),
  CHOICE("pooling", CLASSIFIER, MODEL, "max", "last mean max", "over time"),
  WORDS("widths", CLASSIFIER, MODEL, "LIST", "cnn: of the convolutions side by side", .initial = "3,4,5",
        .shown = "3,4,5; series 5,9,15; dna 15,31,61; frames 3,5,9"),
  INTEGER("filters", CLASSIFIER, MODEL, "100", 1, 65536, "cnn: of each width", .shown = "100 for words, else 64"),
  INTEGER("ngrams", CLASSIFIER, MODEL, "2", 1, 8, "bag: also runs of up to N words"),
  WORDS("subword", CLASSIFIER, MODEL, "N-N", "bag: also the runs of letters of a word so long, as 3-6; 0: none", .initial = "0"),
  INTEGER("buckets", CLASSIFIER, MODEL, "65536", 1, 1e9, "bag: rows of the table that runs are hashed into"),
  SWITCH("residual", RECURRENT, MODEL, "add each layer's input to its output"),
  SWITCH("skip", RECURRENT, MODEL, "each layer also sees the input of the first"),
  SWITCH("layer-norm", RECURRENT, MODEL, "layer-normalised cells"),
  SWITCH("peephole", RECURRENT, MODEL, "LSTM gates see the cell state"),
  INTEGER("projection", RECURRENT, MODEL, "0", 0, 65536, "project an LSTM's output to N units; 0: no"),
  SWITCH("learned-state", RECURRENT, MODEL, "learn the initial states, instead of zero"),
  SWITCH("tie", LM, MODEL, "the output shares the embedding's weights"),
  REAL("forget-bias", RECURRENT, MODEL, "1", -100, 100, "initial bias of the LSTM's forget gate"),
  CHOICE("init", TRAIN, MODEL, "default", "default uniform normal xavier he orthogonal", "how weights are drawn"),
  REAL("init-scale", TRAIN, MODEL, "0", 0, 100, "its scale: +-X of uniform", .shown = "0.1 for uniform, 0.01 normal, 1"),

  REAL("dropout", LM, REGULARISATION, "0", 0, 1, "between layers, before the first, after the last", .max_open = true),
  REAL("dropout", NPLM, REGULARISATION, "0", 0, 1, "of the words' vectors and the hidden units", .max_open = true),
  REAL("dropout", SEQUENCES, REGULARISATION, "0", 0, 1, "between layers, before the first, after the last", .max_open = true,
       .shown = "by the kind of model"),
  REAL("dropout-embed", LM, REGULARISATION, "0", 0, 1, "of whole symbols in the embedding", .max_open = true),
  REAL("dropout-input", LM, REGULARISATION, NULL, 0, 1, "before the first layer", .max_open = true, .shown = "--dropout"),
  REAL("dropout-input", SEQUENCES, REGULARISATION, NULL, 0, 1, "before the first layer", .max_open = true,
       .shown = "words: tagger 0.5, classifier 0.3; bag 0; else 0"),
  REAL("dropout-output", LM, REGULARISATION, NULL, 0, 1, "after the last layer", .max_open = true, .shown = "--dropout"),
  REAL("dropout-output", SEQUENCES, REGULARISATION, NULL, 0, 1, "after the last layer", .max_open = true,
       .shown = "words: 0.5; bag 0; else classifier 0.2, tagger 0"),
  CHOICE("dropout-kind", LM | SEQUENCES, REGULARISATION, "plain", "plain variational", "a mask a step, or one for all steps"),
  REAL("weight-decay", TRAIN, REGULARISATION, "0", 0, 1, "pull weights towards zero"),

  INTEGER("batch", LM, OPTIMISATION, "32", 1, 1e6, "sequences side by side"),
  INTEGER("batch", VERB_TRAIN_ADDING | CLASSIFIER, OPTIMISATION, "50", 1, 1e6, "sequences of a step"),
  INTEGER("batch", NPLM, OPTIMISATION, "128", 1, 1e6, "tokens of a step, from all over the text"),
  INTEGER("batch", TAGGER, OPTIMISATION, "16", 1, 1e6, "sequences of a step"),
  INTEGER("bptt", LM, OPTIMISATION, "64", 1, 1e6, "steps of backpropagation through time"),
  INTEGER("epochs", NPLM, OPTIMISATION, "5", 0, 1e6, "passes over the data"),
  INTEGER("epochs", TRAIN & ~(TAGGER | NPLM), OPTIMISATION, "0", 0, 1e6, "passes over the data", .shown = "for about 3000 steps"),
  INTEGER("epochs", TAGGER, OPTIMISATION, "20", 0, 1e6, "passes over the data"),
  INTEGER("epochs", EMBEDDINGS, OPTIMISATION, "0", 0, 1e6, "passes over the text, or over the counts", .shown = "5; glove: 25"),
  REAL("lr", EMBEDDINGS, OPTIMISATION, "0", 0, 100, "learning rate", .shown = "0.025; cbow, glove: 0.05"),
  STEPS("max-steps", TRAIN, OPTIMISATION, "0", "stop after N steps; 0: no limit"),
  { "max-time", 0, CLI_SECONDS, TRAIN | EMBEDDINGS, OPTIMISATION, "TIME", "0", .min = 0, .max = 1e9, .help = "stop after 90s, 30m, 2h; 0: no limit" },
  CHOICE("optimizer", TRAIN, OPTIMISATION, "adam", "sgd momentum nesterov adagrad rmsprop adam adamw", "update rule"),
  SWITCH("lazy", TRAIN & ~SEQUENCES, OPTIMISATION, "rows of an embedding table are moved by the steps that read them alone"),
  { "lazy", 0, CLI_BOOL, SEQUENCES, OPTIMISATION, .initial = "true", .shown = "yes",
    .help = "rows of an embedding table are moved by the steps that read them alone" },
  REAL("lr", TRAIN & ~CLASSIFIER, OPTIMISATION, "0", 0, 1e4, "learning rate", .shown = "by the optimizer: sgd 1, adam 0.005, ..."),
  REAL("lr", CLASSIFIER, OPTIMISATION, "0", 0, 1e4, "learning rate", .shown = "by the optimizer: sgd 1, adam 0.005, bag 0.002, ..."),
  CHOICE("schedule", TRAIN, OPTIMISATION, "cosine", "constant linear cosine rsqrt step plateau", "learning rate over time"),
  REAL("decay", TRAIN, OPTIMISATION, "0.5", 0, 1, "factor of the step and plateau schedules", .min_open = true),
  INTEGER("decay-after", TRAIN, OPTIMISATION, "0", 0, 1e6, "step: epochs at the full rate"),
  STEPS("warmup", TRAIN, OPTIMISATION, "0", "steps of linear rise of the rate"),
  REAL("clip", TRAIN, OPTIMISATION, "5", 0, 1e9, "longest gradient, by global norm; 0: any"),
  REAL("clip-value", TRAIN, OPTIMISATION, "0", 0, 1e9, "largest element of the gradient; 0: any"),
  REAL("momentum", TRAIN, OPTIMISATION, "0.9", 0, 1, "of momentum and nesterov", .max_open = true),
  REAL("average", TRAIN, OPTIMISATION, "0", 0, 1, "decay of averaged weights, e.g. 0.999; 0: off", .max_open = true),
  CHOICE("loss", LM, OPTIMISATION, "auto", "auto mean sum", "mean over tokens, or sum over the steps"),
  STEPS("validate-every", TRAIN, OPTIMISATION, "1e", "validate every N steps, or epochs"),
  INTEGER("patience", TRAIN & ~TAGGER, OPTIMISATION, "0", 0, 1e6, "validations without progress before stopping; 0: never"),
  INTEGER("patience", TAGGER, OPTIMISATION, "5", 0, 1e6, "validations without progress before stopping; 0: never"),
  SWITCH("balance", CLASSIFIER, OPTIMISATION, "labels weigh as much as each other, however rare"),

  FILENAME("init-from", 0, TEXTS, START, "start from the weights of a model or state dict"),
  { "freeze", 0, CLI_STRING, TEXTS, START, "NAMES", .help = "weights left alone: patterns, as embed.*,rnn.*_l0" },
  { "seed", 0, CLI_INT, SEEDED, START, "N", "42", .min = -1, .max = 9007199254740991.0, .help = "of all random draws; -1 draws one" },
  WORDS("seeds", SEQUENCES, START, "LIST", "a run for each seed, as 1,2,3, and their mean and deviation", .transient = true),
  INTEGER("folds", CLASSIFIER, START, "0", 0, 1e6, "cross-validation in N parts; as many as there are sequences: leave one out",
          .transient = true),
  TRANSIENT("nearest", 0, CLASSIFIER, START, "series: also the nearest neighbour, by Euclidean distance and by warping time"),

  FILENAME("output", 'o', TRAIN | EMBEDDINGS | NGRAM, RUN, "the run folder", .shown = "runs/TASK-TIME", .transient = true),
  TRANSIENT("resume", 0, TRAIN | EMBEDDINGS, RUN, "go on from the last checkpoint"),
  TRANSIENT("force", 0, TRAIN | EMBEDDINGS | NGRAM, RUN, "overwrite a folder that is not empty"),
  STEPS("save-every", TRAIN, RUN, "0", "steps between checkpoints", .shown = "at each validation"),
  STEPS("log-every", TRAIN, RUN, "50", "steps between records of the loss"),
  INTEGER("log-every", EMBEDDINGS, RUN, "2000", 1, 1e12, "batches of 200 words between records of the loss"),
  STEPS("trace-every", RECURRENT, RUN, "200", "steps between gradient norms by time; 0: never"),

  { "prompt", 'p', CLI_STRING, PROMPTED, TEXT, "TEXT", "", .shown = "none", .help = "what comes before" },
  INTEGER("length", VERB_GENERATE, TEXT, "400", 0, 1e12, "tokens to write"),
  SWITCH("until-eos", VERB_GENERATE, TEXT, "stop at the end of a line"),
  { "top", 'n', CLI_INT, VERB_NEXT, TEXT, "N", "10", .min = 1, .max = 1e8, .help = "how many to show" },
  { "top", 'k', CLI_INT, VERB_CLASSIFY, TEXT, "N", "1", .min = 1, .max = 1e6, .help = "how many labels to show" },
  TRANSIENT("attention", 0, VERB_CLASSIFY, TEXT, "show where the pooling looked"),
  TRANSIENT("probabilities", 0, VERB_TAG, TEXT, "how sure each tag is"),
  SWITCH("per-token", VERB_SCORE, TEXT, "also what each token cost"),
  FILENAME("mix", 0, MIXED, MIXTURE, "another language model beside it; may be given again", .list = true),
  WORDS("mix-weights", MIXED, MIXTURE, "LIST", "weights, in the order RUN, --mix, caches", .shown = "found on --valid"),
  FILENAME("valid", 0, MIXED, MIXTURE, "text that the weights are found on", .shown = "that of RUN's training"),
  INTEGER("cache", CACHED, MIXTURE, "0", 0, 1e9, "also a model of the last N tokens read; 0: none"),
  REAL("cache-decay", CACHED, MIXTURE, "0", 0, 100, "of those, one older by a token weighs e^-X as much"),
  INTEGER("cache-states", CACHED, MIXTURE, "0", 0, 1e7, "also a model of the last N tokens, by how alike RUN's states are"),
  REAL("cache-theta", CACHED, MIXTURE, "0.3", 0, 1000, "how much more a more alike state weighs"),
  REAL("temperature", VERB_GENERATE, SAMPLING, "0.8", 0, 1000, "below 1: safer, above: wilder; 0: the best"),
  INTEGER("top-k", VERB_GENERATE, SAMPLING, "0", 0, 1e9, "only the K most probable; 0: all"),
  REAL("top-p", VERB_GENERATE, SAMPLING, "1", 0, 1, "only the smallest set of probability X", .min_open = true),
  REAL("min-p", VERB_GENERATE, SAMPLING, "0", 0, 1, "only those with X times the best's probability"),
  { "unk", 0, CLI_BOOL, VERB_GENERATE, SAMPLING, .initial = "false", .help = "the unknown token may be drawn" },

  CHOICE("type", VERB_TOKENIZER_TRAIN, MODEL, "bpe", "bpe wordpiece unigram word char",
         "merged pairs, merged pairs used by longest match, the most probable pieces, whole words, characters"),
  INTEGER("vocab", VERB_TOKENIZER_TRAIN, MODEL, "8000", 0, 1e8, "tokens, special ones among them", .shown = "8000; word 30000, char all"),
  INTEGER("min-count", VERB_TOKENIZER_TRAIN, MODEL, "0", 0, 1e9, "pairs, words or characters seen less often are left out",
          .shown = "2; word, char 1"),
  { "byte-level", 0, CLI_BOOL, VERB_TOKENIZER_TRAIN, MODEL, .initial = "true", .shown = "yes",
    .help = "bpe: of bytes, any text can be written; if not, of characters with the end of a word marked" },
  SWITCH("byte-fallback", VERB_TOKENIZER_TRAIN, MODEL, "an unknown character becomes its bytes: unigram, and bpe of characters"),
  WORDS("normalize", VERB_TOKENIZER_TRAIN, MODEL, "LIST", "of nfc, nfd, nfkc, nfkd, lower, strip-accents, in this order; or none",
        .shown = "none; wordpiece BERT's, unigram nfkc"),
  WORDS("pattern", VERB_TOKENIZER_TRAIN, MODEL, "REGEX", "what no token reaches across",
        .shown = "GPT-2's; wordpiece BERT's, else white space"),
  WORDS("special", VERB_TOKENIZER_TRAIN, MODEL, "LIST", "special tokens, joined by commas; they have the first ids", .shown = "by type"),
  REAL("coverage", VERB_TOKENIZER_TRAIN, MODEL, "0", 0, 1, "share of the text whose characters are kept",
       .shown = "0.9995 for unigram and bpe of characters, else 1"),
  INTEGER("memory", VERB_TOKENIZER_TRAIN, RUN, "0", 0, 1e15, "bytes for counting, as 500M; beyond it rare words are dropped; 0: any",
          .transient = true),
  FILENAME("output", 'o', VERB_TOKENIZER_TRAIN, RUN, "where the tokenizer goes", .initial = "tokenizer.json", .transient = true),
  TRANSIENT("tokens", 0, VERB_TOKENIZER_ENCODE, TEXT, "the tokens in place of their ids"),
  TRANSIENT("frame", 0, VERB_TOKENIZER_ENCODE, TEXT, "with what the tokenizer puts around a text: [CLS] ... [SEP]"),
  REAL("sample", VERB_TOKENIZER_ENCODE, SAMPLING, "0", 0, 1, "unigram: draw with p^X; bpe: leave out merges with probability X; 0: the best"),
  TRANSIENT("specials", 0, VERB_TOKENIZER_DECODE, TEXT, "special tokens are written as well"),
  FILENAME("compare", 0, VERB_TOKENIZER_INFO, TEXT, "another tokenizer, beside it on the text"),
  FILENAME("output", 'o', VERB_TOKENIZER_INFO, TEXT, "also write it as tokenizer.json", .transient = true),
  { "top", 'k', CLI_INT, VERB_EMBED_NN | VERB_EMBED_ANALOGY, VECTORS, "N", "10", .min = 1, .max = 1e6, .help = "how many to show" },
  CHOICE("metric", VERB_EMBED_NN, VECTORS, "cosine", "cosine euclidean", "what is near"),
  CHOICE("method", VERB_EMBED_ANALOGY, VECTORS, "add", "add mul", "3CosAdd or 3CosMul"),
  INTEGER("vocab-limit", VERB_EMBED_EVAL | VERB_EMBED_NN | VERB_EMBED_ANALOGY, VECTORS, "0", 0, 1e12, "only the first N words; 0: all"),
  WORDS("words", MAP, VECTORS, "FILE|top:N", "which words: a file, a line each, or the first N", .initial = "top:2000"),
  FILENAME("labels", 0, MAP, VECTORS, "of the rows of a matrix, a line each (or IDX): their colours"),
  CHOICE("method", MAP, VECTORS, "tsne", "tsne pca", "how the map is made"),
  REAL("perplexity", MAP, VECTORS, "30", 1, 1e6, "t-SNE: about how many neighbours count", .shown = "30, or what so few rows allow"),
  INTEGER("iterations", MAP, VECTORS, "1000", 1, 1e6, "t-SNE: steps of the descent"),
  INTEGER("components", MAP, VECTORS, "50", 0, 1e6, "t-SNE: principal components that are kept first; 0: all columns"),
  CHOICE("start", MAP, VECTORS, "pca", "pca random", "t-SNE: where points begin"),
  FILENAME("pairs", 0, DEBIAS, VECTORS, "pairs of words that differ in what is to go, as she he"),
  FILENAME("equalize", 0, DEBIAS, VECTORS, "pairs of words that shall stand equally far from all others", .shown = "--pairs"),
  FILENAME("neutral", 0, DEBIAS, VECTORS, "words that shall lose it", .shown = "all but those of the pairs"),
  INTEGER("directions", DEBIAS, VECTORS, "1", 1, 100, "of the subspace"),
  SWITCH("soft", DEBIAS, VECTORS, "a linear map that keeps inner products and shrinks the subspace, not a projection"),
  REAL("tuning", DEBIAS, VECTORS, "0.2", 0, 1e9, "soft: what taking it away weighs against keeping inner products", .min_open = true),
  FILENAME("report", 0, DEBIAS, VECTORS, "a page to look at, before and after", .shown = "report.html, where --output is a folder",
           .transient = true),
  CHOICE("bits", VERB_EMBED_QUANTIZE, VECTORS, "8", "8 1", "of each number"),
  FILENAME("similarity", 0, VERB_EMBED_QUANTIZE, VECTORS, "pairs of words with scores, to see what is lost"),
  FILENAME("output", 'o', MAP, VECTORS, "the map: .html, .svg or .tsv", .shown = "map.html", .transient = true),
  FILENAME("output", 'o', DEBIAS | VERB_EMBED_QUANTIZE, VECTORS, "where the new vectors go; as in rondo convert", .transient = true),
  FILENAME("output", 'o', VERB_REPORT, TEXT, "where the page goes", .shown = "RUN/report.html", .transient = true),
  { "seconds", 0, CLI_SECONDS, VERB_BENCH, TEXT, "TIME", "0.2", .min = 0.001, .max = 60, .help = "time for each measurement" },
  TRANSIENT("man", 0, VERB_HELP, GENERAL, "the manual page, as roff"),

  FILENAME("config", 0, TRAIN | EMBEDDINGS | NGRAM, GENERAL, "YAML file with these options by name", .transient = true),
  TRANSIENT("dump-config", 0, TRAIN | EMBEDDINGS | NGRAM, GENERAL, "print every value and where it comes from"),
  { "threads", 't', CLI_INT, THREADED, GENERAL, "N", "0", .shown = "all allowed", .min = 0, .max = 1024, .help = "processors to use",
    .transient = true },
  { "isa", 0, CLI_CHOICE, THREADED, GENERAL, "WORD", "auto", .choices = "auto portable avx2 avx512", .help = "instruction set",
    .transient = true },
  TRANSIENT("json", 0, JSON, GENERAL, "JSON lines on standard output"),
  TRANSIENT("quiet", 'q', VERBS_ALL, GENERAL, "only errors and warnings on standard error"),
  TRANSIENT("help", 'h', VERBS_ALL, GENERAL, "this text"),
};

const int cli_option_count = sizeof cli_option_table / sizeof *cli_option_table;
_Static_assert(sizeof cli_option_table / sizeof *cli_option_table <= CLI_MAX_OPTIONS, "raise CLI_MAX_OPTIONS");
