import { runLoad } from './cli.ts';

process.exitCode = await runLoad(process.argv.slice(2), console.log);
