import { homedir } from 'node:os';
import path from 'node:path';
import { configFile } from '../../settings/config-file';
import { cacheFolder, configFolder, dataFolder, type Environment } from '../../settings/folders';
import { runModule } from '../infra/bootstrap-module';

const at = (...parts: string[]) => path.join(homedir(), ...parts);

test('without variables the folders are those of the XDG Base Directory Specification', () => {
  expect(dataFolder({})).toBe(at('.local', 'share', 'durable-byol'));
  expect(cacheFolder({ XDG_CACHE_HOME: '' })).toBe(at('.cache', 'durable-byol'));
  expect(configFile({})).toBe(at('.config', 'durable-byol', 'config.toml'));
});

test('a variable of our own wins over XDG, and XDG over the usual place', () => {
  expect(dataFolder({ XDG_DATA_HOME: '/d' })).toBe('/d/durable-byol');
  expect(dataFolder({ XDG_DATA_HOME: '/d', BYOL_DATA_DIR: '/mine' })).toBe('/mine');
  expect(cacheFolder({ XDG_CACHE_HOME: '/c', BYOL_CACHE_DIR: 'relative' })).toBe(path.resolve('relative'));
  expect(configFolder({ XDG_CONFIG_HOME: '/k' })).toBe('/k/durable-byol');
});

test('an XDG folder that is not absolute does not count', () => {
  expect(dataFolder({ XDG_DATA_HOME: 'd' })).toBe(dataFolder({}));
  expect(configFolder({ XDG_CONFIG_HOME: './k' })).toBe(configFolder({}));
});

test.each<Environment>([
  {},
  { XDG_CACHE_HOME: '/c' },
  { XDG_CACHE_HOME: 'c' },
  { BYOL_CACHE_DIR: '/mine', XDG_CACHE_HOME: '/c' },
  { BYOL_CACHE_DIR: 'relative' },
])('set-up, which can import nothing compiled, finds the cache at the same place: %j', async (environment) => {
  const code = `const { cacheFolder } = await import(from('cache'));
    process.stdout.write(cacheFolder(${JSON.stringify(environment)}));`;
  const { stdout } = await runModule(code);
  expect(stdout).toBe(cacheFolder(environment));
});
