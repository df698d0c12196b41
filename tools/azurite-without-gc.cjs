// Ten minutes after its start, Azurite looks through all blobs and does not answer meanwhile. With many blobs this takes
// minutes. This file is for long measurements: NODE_OPTIONS="--require $PWD/tools/azurite-without-gc.cjs"
const constants = require("./node_modules/azurite/dist/src/blob/utils/constants.js");

constants.DEFAULT_GC_INTERVAL_MS = 2 ** 31 - 1;
