@echo off
rem Serves the page with the first program found here that can, and opens it in the browser.
rem A folder of another computer is given a letter by this.
pushd "%~dp0server"
if exist dgn-serve-windows-x86_64.exe (
  dgn-serve-windows-x86_64.exe ..\site --open %*
  if not errorlevel 1 goto end
)
if not "%~1"=="" goto python
powershell -NoProfile -ExecutionPolicy Bypass -File serve.ps1 ..\site -Open
if not errorlevel 1 goto end
:python
py -3 --version >nul 2>nul && (py -3 serve.py ..\site --open %* & goto end)
python --version >nul 2>nul && (python serve.py ..\site --open %* & goto end)
node --version >nul 2>nul && (node serve.mjs ..\site --open %* & goto end)
echo Nothing here can serve the page. Install Python 3 from python.org, and start this again.
:end
pause
