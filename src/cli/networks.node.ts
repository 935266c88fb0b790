import type { Command } from 'commander';
import { Terminal, type TerminalOptions } from './terminal.node.ts';

async function run(flags: TerminalOptions): Promise<void> {
  const { describeNetwork, networkNames, networkSummary } = await import('../networks/networks.ts');
  const { Network } = await import('../nn/network.ts');
  const table = networkNames().map((name) => ({
    name,
    parameters: new Network(describeNetwork(name)).parameterCount,
    summary: networkSummary(name),
  }));
  const width = Math.max(...table.map(({ name }) => name.length));
  const lines = table.map(
    ({ name, parameters, summary }) =>
      `${name.padEnd(width)}  ${parameters.toLocaleString('en').padStart(10)} parameters  ${summary}`,
  );
  new Terminal(flags).result(lines.join('\n'), table);
}

export function addNetworks(command: Command): void {
  command.description('list the networks').action(run);
}
addNetworks.command = 'networks';
