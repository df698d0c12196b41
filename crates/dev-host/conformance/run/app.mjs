// app.mjs APP FOLDER: lays one of ../apps out so that a host can start it, with handler.mjs as its handler.
import fs from "fs";
import { fileURLToPath } from "url";
import { COSMOS_ENDPOINT, COSMOS_KEY } from "./accounts.mjs";

const [, , app, folder] = process.argv;
const here = fileURLToPath(new URL("..", import.meta.url));

const write = (name, value) => fs.writeFileSync(`${folder}/${name}`, JSON.stringify(value, null, 2) + "\n");

fs.rmSync(folder, { recursive: true, force: true });
fs.cpSync(`${here}apps/${app}`, folder, { recursive: true });

const host = JSON.parse(fs.readFileSync(`${folder}/host.json`));
host.customHandler.description = {
  defaultExecutablePath: process.execPath,
  arguments: [`${here}run/handler.mjs`],
};
write("host.json", host);

write("local.settings.json", {
  IsEncrypted: false,
  Values: {
    FUNCTIONS_WORKER_RUNTIME: "custom",
    AzureWebJobsStorage: "UseDevelopmentStorage=true",
    CosmosDb: `AccountEndpoint=${COSMOS_ENDPOINT};AccountKey=${COSMOS_KEY}`,
    KAFKA_BROKERS: process.env.KAFKA ?? "127.0.0.1:9092",
    DEV_HOST_FUNCTION_KEY: "fk",
    DEV_HOST_MASTER_KEY: "mk",
    DEV_HOST_BLOBS_EXTENSION_KEY: "bk",
    DEV_HOST_EVENTGRID_EXTENSION_KEY: "ek",
  },
});
