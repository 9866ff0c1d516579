# Serves the page on Windows, with what every Windows 10 or 11 has: powershell -File serve.ps1 FOLDER [-Open].
# For this computer only: what Windows has for others takes an administrator.
param([Parameter(Mandatory = $true)][string]$Folder, [switch]$Open)
$ErrorActionPreference = 'Stop'

$types = @{
  '.css' = 'text/css'; '.html' = 'text/html'; '.jpg' = 'image/jpeg'; '.js' = 'text/javascript'; '.json' = 'application/json'
  '.mjs' = 'text/javascript'; '.png' = 'image/png'; '.svg' = 'image/svg+xml'; '.wasm' = 'application/wasm'
  '.webmanifest' = 'application/manifest+json'
}
$root = (Resolve-Path -LiteralPath $Folder).ProviderPath.TrimEnd('\')
if (-not (Test-Path -LiteralPath (Join-Path $root 'index.html') -PathType Leaf)) {
  Write-Host "$root holds no index.html, so it is no site."
  exit 1
}

# The first of the usual ports that is free.
$listener = $null
foreach ($port in 8765..8784) {
  $tried = New-Object System.Net.HttpListener
  $tried.Prefixes.Add("http://localhost:$port/")
  try { $tried.Start(); $listener = $tried; break } catch { $tried.Close() }
}
if ($null -eq $listener) {
  Write-Host 'No port from 8765 to 8784 is free, or this Windows lets nobody listen.'
  exit 1
}
$address = "http://localhost:$port/"
Write-Host "On this computer: $address"
Write-Host 'Close this window to end.'
if ($Open) { Start-Process $address }

# The file that an address means, if it is one of the site's.
function Find-File([string]$path) {
  $name = [Uri]::UnescapeDataString($path).TrimStart('/')
  if ($name -eq '' -or $name.EndsWith('/')) { $name += 'index.html' }
  try { $file = [IO.Path]::GetFullPath([IO.Path]::Combine($root, $name.Replace('/', '\'))) } catch { return $null }
  if (-not $file.StartsWith($root + '\', [StringComparison]::OrdinalIgnoreCase)) { return $null }
  if (-not [IO.File]::Exists($file)) { return $null }
  return $file
}

function Send-Answer($context) {
  $response = $context.Response
  # The first two isolate the page from other origins: browsers give threads only to pages that are.
  $response.Headers.Set('Cross-Origin-Opener-Policy', 'same-origin')
  $response.Headers.Set('Cross-Origin-Embedder-Policy', 'require-corp')
  $response.Headers.Set('Cross-Origin-Resource-Policy', 'same-origin')
  $response.Headers.Set('Cache-Control', 'no-cache')
  $file = Find-File $context.Request.Url.AbsolutePath
  if ($null -eq $file) {
    $said = [Text.Encoding]::UTF8.GetBytes("There is no such file in this site.`n")
    $response.StatusCode = 404
    $response.ContentType = 'text/plain; charset=utf-8'
    $response.ContentLength64 = $said.Length
    if ($context.Request.HttpMethod -ne 'HEAD') { $response.OutputStream.Write($said, 0, $said.Length) }
    return
  }
  $modified = [IO.File]::GetLastWriteTimeUtc($file).ToString('r')
  $response.Headers.Set('Last-Modified', $modified)
  if ($context.Request.Headers['If-Modified-Since'] -eq $modified) {
    $response.StatusCode = 304
    return
  }
  $type = $types[[IO.Path]::GetExtension($file).ToLowerInvariant()]
  if ($null -eq $type) { $type = 'application/octet-stream' }
  $response.ContentType = $type
  $stream = [IO.File]::Open($file, 'Open', 'Read', 'Read')
  try {
    $response.ContentLength64 = $stream.Length
    if ($context.Request.HttpMethod -ne 'HEAD') { $stream.CopyTo($response.OutputStream) }
  } finally { $stream.Close() }
}

while ($listener.IsListening) {
  $context = $listener.GetContext()
  # A browser that goes away in the midst of an answer is no failure.
  try { Send-Answer $context } catch { $context.Response.Abort(); continue }
  try { $context.Response.Close() } catch { $context.Response.Abort() }
}
